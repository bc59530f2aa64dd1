"""The command line: `jieda wechat`."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from jieda.settings import PROJECT, settings
from jieda.store.database import connect, migrate
from jieda.wechat_doctor import console, examine
from jieda.wechat_settings import SETTING, Account, WeChatSettingError, wechat_settings

app = typer.Typer(no_args_is_help=True, help="WeChat: official accounts (公众号) and customer service (微信客服).")

_EXAMPLE_URL = "https://support.example.com"


@app.command("doctor")
def doctor(
    account: str = typer.Argument("", help="One account only, such as official:main."),
    url: str = typer.Option("", help=f"The gateway's public address, such as {_EXAMPLE_URL}; it is tried, too."),
    reveal: bool = typer.Option(False, help="Show token and key whole."),
) -> None:
    """Check each account's settings, callback, clock and quota, and print what to enter in WeChat's console."""
    migrate(settings().database_url)
    fine = True
    for each in _accounts(account):
        typer.echo(f"{each.key}")
        fine &= asyncio.run(_examined(each, url))
        typer.echo("     for WeChat's console:")
        for name, value in console(each, url or _EXAMPLE_URL, reveal):
            typer.echo(f"       {name}: {value}")
    raise typer.Exit(0 if fine else 1)


@app.command("simulate")
def simulate(
    account: str = typer.Argument("", help="Such as official:demo; else the first that is on this machine."),
    user: str = typer.Option("oTerminal", help="The openid to write as."),
    make: str = typer.Option("", help="Write a file with accounts for this, and end."),
) -> None:
    """Talk to the running bot as a WeChat user, through the faithful fake of WeChat."""
    simulator = _simulator()
    if make:
        simulator.make(Path(make))
        typer.echo(f"Now, in two terminals:\n  {SETTING}={make} make run\n  {SETTING}={make} jieda wechat simulate")
        return
    chosen = next((each for each in _accounts(account) if _here(each)), None)
    if chosen is None:
        raise WeChatSettingError(
            "no account has its api_base on this machine, and nobody plays with a real one; "
            "jieda wechat simulate --make FILE writes accounts for this"
        )
    simulator.talk(chosen, f"http://127.0.0.1:{settings().port}", user)


def _accounts(account: str) -> list[Account]:
    """Raises WeChatSettingError."""
    found = wechat_settings().accounts
    if not found:
        raise WeChatSettingError(f"{SETTING} names no file with accounts; docs/wechat.md shows one")
    if account and account not in found:
        raise WeChatSettingError(f"there is no account {account}; there is {', '.join(found)}")
    return [found[account]] if account else list(found.values())


async def _examined(account: Account, url: str) -> bool:
    fine = True
    engine = connect(settings().database_url)
    async for finding in examine(account, engine, f"http://127.0.0.1:{settings().port}", url or None):
        typer.echo(f"  {'ok  ' if finding.fine else 'FAIL'} {finding.subject}: {finding.found}")
        fine &= finding.fine
    return fine


def _here(account: Account) -> bool:
    return urlsplit(account.api_base).hostname in ("127.0.0.1", "localhost", "::1")


def _simulator() -> Any:
    """The fake stays with the tests, which every checkout has; it is no part of what serves customers."""
    sys.path.insert(0, str(PROJECT))
    try:
        return importlib.import_module("tests.fakes.wechat.terminal")
    except ImportError as error:
        raise WeChatSettingError(f"the simulator needs the project's tests and what they use: {error}") from error
