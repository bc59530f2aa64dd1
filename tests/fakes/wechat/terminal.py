"""A WeChat user in a terminal: what `jieda wechat simulate` shows."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from jieda.wechat_settings import Account, OfficialAccount
from tests.fakes.wechat.kf import KfPhone
from tests.fakes.wechat.official import Phone
from tests.fakes.wechat.server import FakeWeChat

PORT = 8091
HELP = """Just write. A number chooses from a list.
  :tap N          taps the Nth item of the latest menu
  :click INTENT   a menu of the account, such as :click technical_problem
  :voice WORDS    a voice message, recognised as these words (or none)
  :picture FILE   a picture
  :later HOURS    lets time go by in WeChat (its windows; the bot's clock stays)
  :leave          stops following; :quit ends"""


def make(file: Path) -> None:
    """Writes accounts of the fake's to a new file."""
    fake = FakeWeChat(PORT)
    fake.written(file, fake.official_account("demo"), fake.kf_account("demo"))
    fake.close()


def talk(account: Account, gateway: str, user: str) -> None:
    """Reads from standard input until its end, and prints what the user's telephone shows."""
    port = urlsplit(account.api_base).port
    fake = FakeWeChat(80 if port is None else port)
    fake.serve(gateway, account)
    phone: Phone | KfPhone
    if isinstance(account, OfficialAccount):
        phone = fake.official[account.name].phone(user)
    else:
        phone = fake.kf[account.name].phone(user)
    screen = threading.Thread(target=_show, args=(phone,), daemon=True)
    screen.start()
    print(HELP)
    _begin(phone)
    for line in sys.stdin:
        seen = len(phone.heard)
        if not _do(fake, phone, line.strip()):
            break
        _settle(phone, seen)
    fake.close()


def _begin(phone: Phone | KfPhone) -> None:
    if isinstance(phone, Phone):
        phone.subscribe()
    else:
        phone.enter()
    _settle(phone, 0)


def _do(fake: FakeWeChat, phone: Phone | KfPhone, line: str) -> bool:
    """What a line asks for; false when it is the end."""
    command, _, rest = line.partition(" ")
    if command == ":quit":
        return False
    if command == ":later":
        fake.clock.pass_by(hours=float(rest or 1))
    elif command == ":tap":
        menus = [each for each in phone.heard if each.items]
        if menus and rest.isdecimal() and 0 < int(rest) <= len(menus[-1].items):
            phone.tap(menus[-1].items[int(rest) - 1][1])
    elif command == ":picture":
        phone.account.media["terminal"] = Path(rest).read_bytes()
        phone.picture("terminal")
    elif command == ":leave" and isinstance(phone, Phone):
        phone.unsubscribe()
    elif command == ":voice" and isinstance(phone, Phone):
        phone.speak(rest)
    elif command == ":click" and isinstance(phone, Phone):
        phone.click(rest)
    elif line:
        phone.say(line)
    return True


def _settle(phone: Phone | KfPhone, before: int, quiet: float = 1.0, most: float = 8.0) -> None:
    """Until an answer has come and the screen has been still for a moment."""
    until, seen, since = time.monotonic() + most, before, time.monotonic()
    while time.monotonic() < until and (seen == before or time.monotonic() - since < quiet):
        if len(phone.heard) != seen:
            seen, since = len(phone.heard), time.monotonic()
        time.sleep(0.05)


def _show(phone: Phone | KfPhone) -> None:
    shown, noticed = 0, 0
    while True:
        for each in phone.heard[shown:]:
            print(f"\n[{each.by}] {each.shown}", flush=True)
            shown += 1
        for notice in getattr(phone, "notices", ())[noticed:]:
            print(f"\n!! {notice}", flush=True)
            noticed += 1
        time.sleep(0.05)
