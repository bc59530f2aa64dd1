"""The fake's HTTP server: each account under a path of its own, which is its `api_base`."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from starlette.applications import Starlette
from starlette.routing import Mount

from jieda.wechat_settings import Handoff, KfAccount, Mode, OfficialAccount, ReplyBy
from tests.fakes.rasa import ServerThread
from tests.fakes.wechat.clock import FakeClock
from tests.fakes.wechat.kf import FakeKf
from tests.fakes.wechat.official import FakeOfficial


def aes_key() -> str:
    """A key as WeChat's console makes them: 43 letters and digits whose last stands for whole bits."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(secrets.choice(letters) for _ in range(42)) + secrets.choice("AEIMQUYcgkosw048")


class FakeWeChat:
    """WeChat, for one gateway. Accounts are made first, then the gateway is told to it with `serve`."""

    def __init__(self, port: int = 0) -> None:
        self.clock = FakeClock()
        self._thread = ServerThread(port, lifespan="off")
        self.url = self._thread.url
        self.official: dict[str, FakeOfficial] = {}
        self.kf: dict[str, FakeKf] = {}

    def official_account(self, name: str = "main", **how: Any) -> OfficialAccount:
        """The settings of an account of this WeChat."""
        return OfficialAccount(
            name=name,
            appid="wx" + secrets.token_hex(8),
            original_id="gh_" + secrets.token_hex(6),
            secret=secrets.token_hex(16),
            token=secrets.token_hex(8),
            encoding_aes_key=aes_key(),
            mode=how.pop("mode", Mode.SAFE),
            reply=how.pop("reply", ReplyBy.API),
            handoff=how.pop("handoff", Handoff.DESK),
            api_base=f"{self.url}/official/{name}",
            **how,
        )

    def kf_account(self, name: str = "service", **how: Any) -> KfAccount:
        return KfAccount(
            name=name,
            corp_id="ww" + secrets.token_hex(8),
            open_kfid="wk" + secrets.token_hex(12),
            secret=secrets.token_hex(20),
            token=secrets.token_hex(8),
            encoding_aes_key=aes_key(),
            handoff=how.pop("handoff", Handoff.DESK),
            api_base=f"{self.url}/kf/{name}",
        )

    def serve(self, gateway: str, *accounts: OfficialAccount | KfAccount) -> None:
        """Answers calls for these accounts and pushes to that gateway."""
        for account in accounts:
            if isinstance(account, OfficialAccount):
                self.official[account.name] = FakeOfficial(account, gateway, self.clock)
            else:
                self.kf[account.name] = FakeKf(account, gateway, self.clock)
        fakes = [*self.official.values(), *self.kf.values()]
        mounts = [Mount(urlsplit(each.account.api_base).path, routes=each.routes()) for each in fakes]
        if self._thread.runs:
            self._thread.stop()
        self._thread.start(Starlette(routes=mounts))

    @staticmethod
    def written(file: Path, *accounts: OfficialAccount | KfAccount) -> Path:
        """The file of these accounts, as an administrator would write it."""
        found: dict[str, dict[str, Any]] = {"official": {}, "kf": {}}
        for account in accounts:
            kind = "official" if isinstance(account, OfficialAccount) else "kf"
            values = {key: value.value if isinstance(value, Enum) else value for key, value in asdict(account).items()}
            del values["name"]
            found[kind][account.name] = {key: value for key, value in values.items() if value is not None}
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump(found), encoding="utf-8")
        return file

    def stop(self) -> None:
        self._thread.stop()

    def close(self) -> None:
        self._thread.close()


__all__ = ["FakeWeChat", "aes_key"]
