"""`jieda wechat`: the doctor against a running gateway and the faithful fake; the terminal as a telephone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jieda import wechat_cli
from jieda.gateway import services
from jieda.settings import Settings
from jieda.store.database import migrate
from jieda.wechat_settings import WeChatSettingError, WeChatSettings
from tests.fakes.rasa import FakeRasa
from tests.fakes.wechat import FakeWeChat, terminal
from tests.gateway.harness import Gateway

runner = CliRunner()


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    fake = FakeRasa()
    fake.start()
    yield fake
    fake.close()


@pytest.fixture
def fake() -> Iterator[FakeWeChat]:
    made = FakeWeChat()
    yield made
    made.close()


@pytest.fixture
def gateway(tmp_path: Path, rasa: FakeRasa, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway with an account of each kind, and a command line with the same settings."""
    url = f"sqlite:///{tmp_path / 'jieda.db'}"
    migrate(url)
    accounts = fake.official_account("main"), fake.kf_account("service")
    found = WeChatSettings.load(fake.written(tmp_path / "wechat.yml", *accounts), {})
    made = Gateway(Settings(home=tmp_path, database_url=url, rasa_url=rasa.url))
    own = Settings(home=tmp_path, database_url=url, port=int(made.url.rsplit(":", 1)[1]))
    monkeypatch.setattr(services, "wechat_settings", lambda: found)
    monkeypatch.setattr(wechat_cli, "wechat_settings", lambda: found)
    monkeypatch.setattr(wechat_cli, "settings", lambda: own)
    fake.serve(made.url, *accounts)
    made.start()
    yield made
    made.close()


class TestDoctor:
    def test_all_is_well(self, gateway: Gateway, fake: FakeWeChat) -> None:
        done = runner.invoke(wechat_cli.app, ["doctor"])
        assert done.exit_code == 0, done.output
        assert done.output.count("verified") == 2
        assert "499997 of 500000 left" in done.output
        assert "https://support.example.com/wechat/official/main" in done.output
        secrets = [fake.official["main"].account.token, fake.official["main"].account.encoding_aes_key]
        assert not any(secret in done.output for secret in secrets)
        shown = runner.invoke(wechat_cli.app, ["doctor", "official:main", "--reveal"]).output
        assert all(secret in shown for secret in secrets)

    @pytest.mark.parametrize(("code", "advice"), [(40164, "IP白名单"), (40125, "secret is wrong"), (40243, "unfreeze")])
    def test_what_must_be_mended_is_told(self, gateway: Gateway, fake: FakeWeChat, code: int, advice: str) -> None:
        fake.official["main"].fail("stable_token", code)
        done = runner.invoke(wechat_cli.app, ["doctor", "official:main"])
        assert done.exit_code == 1
        assert advice in done.output

    def test_an_account_without_permission(self, gateway: Gateway, fake: FakeWeChat) -> None:
        fake.official["main"].fail("get", 48001)
        done = runner.invoke(wechat_cli.app, ["doctor", "official:main"])
        assert "set reply: passive" in done.output

    def test_a_gateway_that_is_away(self, gateway: Gateway) -> None:
        gateway.stop()
        done = runner.invoke(wechat_cli.app, ["doctor", "kf:service"])
        assert done.exit_code == 1
        assert "is the gateway running?" in done.output

    def test_an_account_that_is_not_there(self, gateway: Gateway) -> None:
        done = runner.invoke(wechat_cli.app, ["doctor", "official:none"])
        assert isinstance(done.exception, WeChatSettingError)
        assert "official:main" in str(done.exception)


class TestSimulate:
    def test_a_conversation_in_the_terminal(
        self, gateway: Gateway, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        account = fake.official["main"].account
        fake.close()
        monkeypatch.setattr("sys.stdin", io.StringIO("你好\n:voice 语音\n:quit\n多余\n"))
        terminal.talk(account, gateway.url, "oTerminal")
        shown = capsys.readouterr().out
        assert "您好，我是接答" in shown
        assert "Re: 你好" in shown
        assert "Re: 语音" in shown
        assert "多余" not in shown

    def test_accounts_for_it_are_made(self, tmp_path: Path) -> None:
        file = tmp_path / "demo.yml"
        done = runner.invoke(wechat_cli.app, ["simulate", "--make", str(file)])
        assert done.exit_code == 0, done.output
        assert set(WeChatSettings.load(file, {}).accounts) == {"official:demo", "kf:demo"}

    def test_nobody_plays_with_a_real_account(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        made = FakeWeChat()
        file = made.written(tmp_path / "wechat.yml", made.official_account("main"))
        made.close()
        file.write_text("\n".join(line for line in file.read_text().splitlines() if "api_base" not in line))
        monkeypatch.setattr(wechat_cli, "wechat_settings", lambda: WeChatSettings.load(file, {}))
        done = runner.invoke(wechat_cli.app, ["simulate"])
        assert isinstance(done.exception, WeChatSettingError)
