"""The WeChat accounts of this installation, read from the YAML file that `JIEDA_WECHAT` names (contract: WeChat).

The file is refused when anybody but its owner may read it; a value `env:NAME` is read from the environment.
"""

from __future__ import annotations

import base64
import binascii
import functools
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import yaml

SETTING = "JIEDA_WECHAT"
OFFICIAL_API = "https://api.weixin.qq.com"
KF_API = "https://qyapi.weixin.qq.com"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_KEY_CHARACTERS = 43


class WeChatSettingError(ValueError):
    """The file of WeChat's accounts cannot be used. `str()` says where and what to do, and never a value."""

    code = "wechat_setting_invalid"


class Mode(str, Enum):
    """How WeChat wraps what it sends to an official account."""

    SAFE = "safe"
    COMPATIBLE = "compatible"
    PLAIN = "plain"


class ReplyBy(str, Enum):
    """Whether an account may use the customer-service message API, or has passive replies alone."""

    API = "api"
    PASSIVE = "passive"


class Handoff(str, Enum):
    """Where a person answers: at Jieda's desk, or in WeChat's own tools."""

    DESK = "desk"
    NATIVE = "native"


@dataclass(frozen=True)
class OfficialAccount:
    """An official account (公众号, 服务号)."""

    name: str
    appid: str
    original_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    previous_aes_key: str | None = field(default=None, repr=False)
    mode: Mode = Mode.SAFE
    reply: ReplyBy = ReplyBy.API
    handoff: Handoff = Handoff.DESK
    api_base: str = OFFICIAL_API

    @property
    def key(self) -> str:
        """Names the account among those of all kinds."""
        return f"official:{self.name}"

    @property
    def path(self) -> str:
        return f"/wechat/official/{self.name}"


@dataclass(frozen=True)
class KfAccount:
    """An account of WeChat Customer Service (微信客服)."""

    name: str
    corp_id: str
    open_kfid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    handoff: Handoff = Handoff.DESK
    api_base: str = KF_API

    @property
    def key(self) -> str:
        """Names the account among those of all kinds."""
        return f"kf:{self.name}"

    @property
    def path(self) -> str:
        return f"/wechat/kf/{self.name}"


Account = OfficialAccount | KfAccount


@dataclass(frozen=True)
class WeChatSettings:
    """The accounts, by their names."""

    official: Mapping[str, OfficialAccount] = field(default_factory=dict)
    kf: Mapping[str, KfAccount] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.official or self.kf)

    @property
    def accounts(self) -> dict[str, Account]:
        """All of them, by their keys."""
        found: list[Account] = [*self.official.values(), *self.kf.values()]
        return {each.key: each for each in found}

    @property
    def native(self) -> frozenset[str]:
        """The keys of accounts whose customers are handed to people in WeChat's own tools, not at our desk."""
        return frozenset(key for key, each in self.accounts.items() if each.handoff is Handoff.NATIVE)

    @classmethod
    def load(cls, file: Path, environment: Mapping[str, str]) -> WeChatSettings:
        """Raises WeChatSettingError."""
        try:
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                raise WeChatSettingError(f"{file} may be read by others than its owner; chmod 600 {file}")
            found = yaml.safe_load(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise WeChatSettingError(f"{SETTING}: {file}: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            # What the parser says may quote a secret.
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            raise WeChatSettingError(f"{file}{'' if line is None else f', line {line + 1}'}: not YAML") from error
        if not isinstance(found, dict) or not set(found) <= {"official", "kf"}:
            raise WeChatSettingError(f"{file}: wants the keys official and kf, nothing else")
        return cls(
            official={
                name: _official(_Reader(file, "official", name, value, environment))
                for name, value in _entries(file, found, "official")
            },
            kf={
                name: _kf(_Reader(file, "kf", name, value, environment)) for name, value in _entries(file, found, "kf")
            },
        )


def _entries(file: Path, found: Mapping[str, Any], kind: str) -> list[tuple[str, Any]]:
    entries = found.get(kind) or {}
    if not isinstance(entries, dict):
        raise WeChatSettingError(f"{file}: {kind} wants accounts by name")
    for name in entries:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise WeChatSettingError(f"{file}: {kind}: {name!r} is no name; letters, digits, _ and -, at most 40")
    return list(entries.items())


Chosen = TypeVar("Chosen", bound=Enum)


class _Reader:
    """The fields of one account, checked; tells of each where it stands."""

    def __init__(self, file: Path, kind: str, name: str, value: Any, environment: Mapping[str, str]) -> None:
        self.name = name
        self._where = f"{file}: {kind}.{name}"
        self._environment = environment
        if not isinstance(value, dict):
            raise WeChatSettingError(f"{self._where} wants its settings below it")
        self._value = dict(value)

    def text(self, key: str, default: str | None = None) -> str:
        found = self._value.pop(key, default)
        if isinstance(found, str) and found.startswith("env:"):
            name = found.removeprefix("env:")
            found = self._environment.get(name)
            if not found:
                raise WeChatSettingError(f"{self._where}.{key}: the environment has no {name}")
        if not isinstance(found, str) or not found.strip():
            raise WeChatSettingError(f"{self._where}.{key} is missing, or no text (put quotes around it)")
        return found.strip()

    def token(self) -> str:
        found = self.text("token")
        if not _TOKEN.fullmatch(found):
            raise WeChatSettingError(f"{self._where}.token wants 3 to 32 letters and digits, as WeChat's console does")
        return found

    def aes_key(self, key: str) -> str:
        found = self.text(key)
        try:
            if len(found) != _KEY_CHARACTERS:
                raise ValueError
            base64.b64decode(found + "=", validate=True)
        except (ValueError, binascii.Error):
            raise WeChatSettingError(
                f"{self._where}.{key} wants the {_KEY_CHARACTERS} letters and digits of WeChat's console"
            ) from None
        return found

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None

    def choice(self, key: str, default: Chosen) -> Chosen:
        found = self.text(key, default.value)
        try:
            return type(default)(found)
        except ValueError:
            known = ", ".join(each.value for each in type(default))
            raise WeChatSettingError(f"{self._where}.{key} wants one of {known}") from None

    def base(self, default: str) -> str:
        found = self.text("api_base", default).rstrip("/")
        if not found.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")):
            raise WeChatSettingError(f"{self._where}.api_base wants https, or http on this machine")
        return found

    def end(self) -> None:
        if self._value:
            raise WeChatSettingError(f"{self._where}: unknown: {', '.join(sorted(map(str, self._value)))}")


def _official(reader: _Reader) -> OfficialAccount:
    account = OfficialAccount(
        name=reader.name,
        appid=reader.text("appid"),
        original_id=reader.text("original_id"),
        secret=reader.text("secret"),
        token=reader.token(),
        encoding_aes_key=reader.aes_key("encoding_aes_key"),
        previous_aes_key=reader.aes_key("previous_aes_key") if reader.has("previous_aes_key") else None,
        mode=reader.choice("mode", Mode.SAFE),
        reply=reader.choice("reply", ReplyBy.API),
        handoff=reader.choice("handoff", Handoff.DESK),
        api_base=reader.base(OFFICIAL_API),
    )
    reader.end()
    return account


def _kf(reader: _Reader) -> KfAccount:
    account = KfAccount(
        name=reader.name,
        corp_id=reader.text("corp_id"),
        open_kfid=reader.text("open_kfid"),
        secret=reader.text("secret"),
        token=reader.token(),
        encoding_aes_key=reader.aes_key("encoding_aes_key"),
        handoff=reader.choice("handoff", Handoff.DESK),
        api_base=reader.base(KF_API),
    )
    reader.end()
    return account


@functools.cache
def wechat_settings() -> WeChatSettings:
    """The accounts of this process; none when the setting is not there. Raises WeChatSettingError."""
    file = os.environ.get(SETTING)
    return WeChatSettings.load(Path(file), os.environ) if file else WeChatSettings()
