"""An official account as WeChat keeps it, and its users' telephones."""

from __future__ import annotations

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jieda.wechat_settings import OfficialAccount
from tests.fakes.wechat.api import FakeApi, error
from tests.fakes.wechat.clock import FakeClock
from tests.fakes.wechat.push import BYTES_MAX, UNAVAILABLE, Outcome, Pusher

WINDOWS = {"message": (5, timedelta(hours=48)), "touch": (3, timedelta(minutes=1))}
_TYPING_AFTER = timedelta(seconds=30)
NATIVE_ENDS = timedelta(minutes=30)


@dataclass
class Window:
    """What one act of a user allows."""

    until: datetime
    left: int


@dataclass(frozen=True)
class Heard:
    """A message on the user's screen: by `passive` reply or `api`; a menu bears its items' ids and titles."""

    by: str
    text: str
    items: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> str:
        return "\n".join([self.text, *(f"  [{title}]" for _, title in self.items)])


def cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


@dataclass
class Phone:
    """A user's telephone: what they do there, and what they see."""

    account: FakeOfficial
    openid: str
    heard: list[Heard] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    windows: dict[str, Window] = field(default_factory=dict)
    touched_at: datetime | None = None
    typing_seen: int = 0
    native: str | None = None
    """Whose session in WeChat's own customer service is open."""
    native_at: datetime | None = None
    to_native: list[str] = field(default_factory=list)

    # --- what a user does

    def say(self, text: str) -> Outcome:
        return self._message("text", f"<Content>{cdata(text)}</Content>", text)

    def say_raw(self, content: str) -> Outcome:
        """The content as it stands in the XML, control characters and all."""
        return self._message("text", f"<Content>{content}</Content>", content)

    def speak(self, recognition: str = "") -> Outcome:
        rest = f"<MediaId>voice-1</MediaId><Format>amr</Format><Recognition>{cdata(recognition)}</Recognition>"
        return self._message("voice", rest, recognition)

    def picture(self, media_id: str) -> Outcome:
        return self._message("image", f"<PicUrl>{cdata('http://127.0.0.1:9/x')}</PicUrl><MediaId>{media_id}</MediaId>")

    def send_kind(self, kind: str, rest: str = "") -> Outcome:
        return self._message(kind, rest)

    def tap(self, title: str, with_id: str | None = "right") -> Outcome:
        """Taps an item of the latest menu; the push bears its id, "0", or none at all."""
        menu = next(each for each in reversed(self.heard) if each.items)
        identity = next(key for key, name in menu.items if name == title)
        told = {"right": identity, "0": "0", None: None}.get(with_id, with_id)
        rest = "" if told is None else f"<bizmsgmenuid>{told}</bizmsgmenuid>"
        return self._message("text", f"<Content>{cdata(title)}</Content>{rest}", title, trigger="touch")

    def subscribe(self, key: str = "") -> Outcome:
        return self.event("subscribe", key, trigger="touch")

    def unsubscribe(self) -> Outcome:
        return self.event("unsubscribe")

    def click(self, key: str) -> Outcome:
        return self.event("CLICK", key, trigger="touch")

    def event(self, name: str, key: str = "", rest: str = "", trigger: str | None = None) -> Outcome:
        xml = self._xml("event", f"<Event>{cdata(name)}</Event><EventKey>{cdata(key)}</EventKey>{rest}")
        return self._pushed(xml, trigger)

    def at_once(self, *texts: str, copies: int = 1) -> list[Outcome]:
        """Messages that reach the server together, each so many times with the same MsgId."""
        xmls = [self.text_xml(text) for text in texts for _ in [0]]
        self._allow("message")
        with ThreadPoolExecutor(len(xmls) * copies) as pool:
            pushes = [pool.submit(self.account.pusher.push, xml, self.openid) for xml in xmls for _ in range(copies)]
            outcomes = [each.result() for each in pushes]
        seen: set[int] = set()
        for place, outcome in enumerate(outcomes):
            # WeChat shows one answer to a message, however often it asked.
            if place // copies not in seen and outcome.kind == "reply":
                seen.add(place // copies)
                self._see(outcome)
        return outcomes

    def text_xml(self, text: str, message_id: str | None = None) -> str:
        return self._xml("text", f"<Content>{cdata(text)}</Content>", message_id or self.account.message_id())

    # --- what a user sees

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.heard]

    @property
    def left(self) -> int:
        now = self.account.clock.now()
        return sum(each.left for each in self.windows.values() if now < each.until)

    # --- inside

    def _message(self, kind: str, rest: str, text: str = "", trigger: str = "message") -> Outcome:
        if self.native is not None:
            now = self.account.clock.now()
            if self.native_at is not None and now - self.native_at < NATIVE_ENDS:
                # WeChat keeps it to itself.
                self.native_at = now
                self.to_native.append(text)
                return Outcome("native", 0.0, 0)
            self.native = None
        return self._pushed(self._xml(kind, rest, self.account.message_id()), trigger)

    def _pushed(self, xml: str, trigger: str | None) -> Outcome:
        self._allow(trigger)
        outcome = self.account.pusher.push(xml, self.openid)
        self._see(outcome)
        return outcome

    def _see(self, outcome: Outcome) -> None:
        if outcome.kind == "reply":
            if outcome.reply["MsgType"] == "text":
                self.heard.append(Heard("passive", outcome.reply["Content"]))
            else:
                named = (outcome.reply.get("TransInfo") or {}).get("KfAccount")
                online = self.account.online
                self.native = named or (online[0] if online else "nobody")
                self.native_at = self.account.clock.now()
        elif outcome.kind in ("timeout", "unavailable"):
            self.notices.append(UNAVAILABLE)

    def _allow(self, trigger: str | None) -> None:
        if trigger is not None:
            allowed, length = WINDOWS[trigger]
            self.windows[trigger] = Window(self.account.clock.now() + length, allowed)
            self.touched_at = self.account.clock.now()

    def _xml(self, kind: str, rest: str, message_id: str | None = None) -> str:
        tail = "" if message_id is None else f"<MsgId>{message_id}</MsgId>"
        return (
            f"<xml><ToUserName>{cdata(self.account.account.original_id)}</ToUserName>"
            f"<FromUserName>{cdata(self.openid)}</FromUserName>"
            f"<CreateTime>{int(self.account.clock.now().timestamp())}</CreateTime>"
            f"<MsgType>{cdata(kind)}</MsgType>{rest}{tail}</xml>"
        )

    def spend(self) -> int:
        """Counts one message of the account's; the error code when none is allowed."""
        now = self.account.clock.now()
        open_ = sorted((each for each in self.windows.values() if now < each.until), key=lambda each: each.until)
        if not open_:
            return 45015
        for window in open_:
            if window.left:
                window.left -= 1
                return 0
        return 45047


class FakeOfficial(FakeApi):
    """The account's API and its users."""

    def __init__(self, account: OfficialAccount, gateway: str, clock: FakeClock) -> None:
        super().__init__(clock, account.secret)
        self.account = account
        self.pusher = Pusher(
            f"{gateway}{account.path}",
            account.token,
            account.encoding_aes_key,
            account.appid,
            account.original_id,
            account.mode.value,
            clock,
        )
        self.phones: dict[str, Phone] = {}
        self.online: list[str] = []
        self.media: dict[str, bytes] = {}
        self._ids = itertools.count(23_000_000_000_000_001)
        self._lock = threading.Lock()

    def phone(self, openid: str) -> Phone:
        return self.phones.setdefault(openid, Phone(self, openid))

    def message_id(self) -> str:
        with self._lock:
            return str(next(self._ids))

    def close_native(self, openid: str) -> Outcome:
        """The agent in WeChat's own tools ends the session."""
        phone = self.phones[openid]
        agent, phone.native = phone.native, None
        return phone.event("kf_close_session", rest=f"<KfAccount>{cdata(agent or '')}</KfAccount>")

    def routes(self) -> list[Route]:
        return [
            Route("/cgi-bin/stable_token", self._stable_token, methods=["POST"]),
            Route("/cgi-bin/token", self._token),
            Route("/cgi-bin/message/custom/send", self._send, methods=["POST"]),
            Route("/cgi-bin/message/custom/typing", self._typing, methods=["POST"]),
            Route("/cgi-bin/customservice/getonlinekflist", self._online),
            Route("/cgi-bin/media/get", self._media),
            Route("/cgi-bin/openapi/quota/get", self._quota, methods=["POST"]),
        ]

    async def _stable_token(self, request: Request) -> Response:
        body = await request.json()
        self.calls.append((request.url.path, body))
        code = self.faults.next(request.url.path)
        if code is not None:
            return error(code)
        if body.get("appid") != self.account.appid or body.get("secret") != self.secret:
            return error(40125, "invalid appsecret")
        token = self.stable(bool(body.get("force_refresh")))
        return error(45009, "reach max api daily quota limit") if token is None else self.granted(token)

    async def _token(self, request: Request) -> Response:
        if request.query_params.get("secret") != self.secret:
            return error(40125, "invalid appsecret")
        return self.granted(self.classic())

    async def _send(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        body = json.loads(await request.body())
        phone = self.phones.get(str(body.get("touser")))
        if phone is None:
            return error(40003, "invalid openid")
        heard = _message(body)
        if heard is None:
            return error(40008, "invalid message type")
        size = len(heard.text.encode()) + sum(len(title.encode()) for _, title in heard.items)
        if size > BYTES_MAX:
            return error(45002, "content size out of limit")
        if code := phone.spend():
            return error(code)
        phone.heard.append(heard)
        return JSONResponse({"errcode": 0, "errmsg": "ok"})

    async def _typing(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        phone = self.phones.get(str((await request.json()).get("touser")))
        if phone is None or phone.touched_at is None or self.clock.now() - phone.touched_at > _TYPING_AFTER:
            return error(45080, "client send no message in 30 seconds")
        phone.typing_seen += 1
        return JSONResponse({"errcode": 0, "errmsg": "ok"})

    async def _online(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        people = [{"kf_account": each, "status": 1, "kf_id": "1", "accepted_case": 0} for each in self.online]
        return JSONResponse({"kf_online_list": people})

    async def _media(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        data = self.media.get(request.query_params.get("media_id", ""))
        return error(40007, "invalid media_id") if data is None else Response(data, media_type="image/jpeg")

    async def _quota(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        return JSONResponse(
            {"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 500000, "used": 3, "remain": 499997}}
        )


def _message(body: dict[str, Any]) -> Heard | None:
    """What a text or menu message shows; None for another."""
    if body.get("msgtype") == "text" and isinstance((body.get("text") or {}).get("content"), str):
        return Heard("api", body["text"]["content"])
    if body.get("msgtype") == "msgmenu":
        menu = body["msgmenu"]
        items = tuple((str(each["id"]), str(each["content"])) for each in menu["list"])
        return Heard("api", menu["head_content"], items)
    return None
