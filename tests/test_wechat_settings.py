"""The file of WeChat's accounts: its owner's alone, checked, and silent about secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from jieda.wechat_settings import Handoff, Mode, ReplyBy, WeChatSettingError, WeChatSettings

KEY = "ZmFrZWtleWZha2VrZXlmYWtla2V5ZmFrZWtleTEyMzQ"
OFFICIAL = {
    "appid": "wx1",
    "original_id": "gh_1",
    "secret": "env:WECHAT_SECRET",
    "token": "tokenOne",
    "encoding_aes_key": KEY,
}
KF = {"corp_id": "ww1", "open_kfid": "wk1", "secret": "s3cret-of-kf", "token": "tokenTwo", "encoding_aes_key": KEY}
ENVIRONMENT = {"WECHAT_SECRET": "s3cret-of-official"}


def written(tmp_path: Path, found: Any, mode: int = 0o600) -> Path:
    file = tmp_path / "wechat.yml"
    file.write_text(found if isinstance(found, str) else yaml.safe_dump(found), encoding="utf-8")
    file.chmod(mode)
    return file


def load(tmp_path: Path, found: Any, mode: int = 0o600) -> WeChatSettings:
    return WeChatSettings.load(written(tmp_path, found, mode), ENVIRONMENT)


class TestRead:
    def test_both_kinds_with_their_defaults(self, tmp_path: Path) -> None:
        found = load(tmp_path, {"official": {"main": OFFICIAL}, "kf": {"service": KF}})
        main = found.official["main"]
        assert main.secret == "s3cret-of-official"
        assert (main.mode, main.reply, main.handoff) == (Mode.SAFE, ReplyBy.API, Handoff.DESK)
        assert main.path == "/wechat/official/main"
        assert set(found.accounts) == {"official:main", "kf:service"}

    def test_all_is_set(self, tmp_path: Path) -> None:
        more = {
            "mode": "plain",
            "reply": "passive",
            "handoff": "native",
            "previous_aes_key": KEY,
            "api_base": "http://127.0.0.1:9000/x/",
        }
        main = load(tmp_path, {"official": {"main": OFFICIAL | more}}).official["main"]
        assert (main.mode, main.reply, main.handoff, main.api_base) == (
            Mode.PLAIN,
            ReplyBy.PASSIVE,
            Handoff.NATIVE,
            "http://127.0.0.1:9000/x",
        )

    def test_an_empty_file_has_none(self, tmp_path: Path) -> None:
        assert not load(tmp_path, {})

    def test_secrets_are_not_shown(self, tmp_path: Path) -> None:
        shown = repr(load(tmp_path, {"official": {"main": OFFICIAL}, "kf": {"service": KF}}))
        assert not any(secret in shown for secret in ("s3cret", "tokenOne", "tokenTwo", KEY))


class TestRefused:
    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
    def test_a_file_that_others_may_read(self, tmp_path: Path, mode: int) -> None:
        with pytest.raises(WeChatSettingError, match="chmod 600"):
            load(tmp_path, {"official": {"main": OFFICIAL}}, mode)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"secret": "env:NOT_THERE"}, "NOT_THERE"),
            ({"secret": ""}, "secret is missing"),
            ({"secret": 12345}, "no text"),
            ({"token": "no spaces!"}, "token wants"),
            ({"encoding_aes_key": KEY[:-1]}, "43"),
            ({"encoding_aes_key": "!" * 43}, "43"),
            ({"mode": "unsafe"}, "one of safe, compatible, plain"),
            ({"api_base": "http://example.com"}, "https"),
            ({"extra": "x"}, "unknown: extra"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_secret_told(
        self, tmp_path: Path, change: dict[str, Any], told: str
    ) -> None:
        with pytest.raises(WeChatSettingError, match=r"official\.main") as caught:
            load(tmp_path, {"official": {"main": OFFICIAL | change}})
        assert told in str(caught.value)
        assert "s3cret" not in str(caught.value)
        assert KEY[:-1] not in str(caught.value)

    @pytest.mark.parametrize(
        "found", ["[1, 2]", "official: 3", "other: {}", "official: {'a b': {}}", "a: b: c", "\x00"]
    )
    def test_what_is_no_such_file(self, tmp_path: Path, found: str) -> None:
        with pytest.raises(WeChatSettingError, match=r"wechat\.yml"):
            load(tmp_path, found)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(WeChatSettingError, match="JIEDA_WECHAT"):
            WeChatSettings.load(tmp_path / "none.yml", {})
