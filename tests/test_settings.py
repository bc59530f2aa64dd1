"""Settings: what is taken from the environment, and what is said of a value that cannot be used."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

import pytest

import jieda.settings
from jieda.settings import PROJECT, SettingError, Settings


@pytest.fixture(autouse=True)
def no_secret_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIEDA_SECRET", raising=False)


def read(**environment: str) -> Settings:
    return Settings.from_environment(environment)


class TestDefaults:
    def test_are_those_of_the_contract(self) -> None:
        settings = read()
        assert (settings.port, settings.rasa_port, settings.actions_port) == (8000, 5005, 5055)
        assert settings.home == PROJECT / "var"
        assert settings.database_url == f"sqlite:///{PROJECT / 'var' / 'jieda.db'}"
        assert settings.rasa_url == "http://127.0.0.1:5005"
        assert (settings.redis_url, settings.rasa_token, settings.allowed_origins) == ("", "", ())

    def test_nobody_else_is_listened_to(self) -> None:
        assert read().host == read().trusted_proxies == "127.0.0.1"

    def test_are_the_same_made_by_hand(self) -> None:
        from_home = {"home": Path("/srv/jieda"), "database_url": "sqlite:////srv/jieda/jieda.db"}
        assert read(JIEDA_HOME="/srv/jieda") == Settings(**from_home, rasa_url="http://127.0.0.1:5005")

    def test_an_empty_value_is_none(self) -> None:
        names = ("HOME", "HOST", "PORT", "RASA_PORT", "ACTIONS_PORT", "RASA_URL", "RASA_TOKEN", "RASA_TIMEOUT")
        names += ("ALLOWED_ORIGINS", "TRUSTED_PROXIES", "CONVERSATIONS_PER_MINUTE", "TOKEN_DAYS", "LOG_LEVEL")
        names += ("EMBEDDINGS",)
        empty = {f"JIEDA_{name}": "" for name in names} | {"DATABASE_URL": "", "REDIS_URL": ""}
        assert read(**empty) == read()


class TestValues:
    @pytest.mark.parametrize(
        ("name", "value", "field", "expected"),
        [
            ("JIEDA_PORT", "9000", "port", 9000),
            ("JIEDA_PORT", "1", "port", 1),
            ("JIEDA_PORT", "65535", "port", 65535),
            ("JIEDA_RASA_PORT", "15005", "rasa_port", 15005),
            ("JIEDA_RASA_PORT", "15005", "rasa_url", "http://127.0.0.1:15005"),
            ("JIEDA_RASA_URL", "http://rasa:5005", "rasa_url", "http://rasa:5005"),
            ("JIEDA_ACTIONS_PORT", "15055", "actions_port", 15055),
            ("JIEDA_HOST", "0.0.0.0", "host", "0.0.0.0"),
            ("JIEDA_HOME", "/srv/jieda", "home", Path("/srv/jieda")),
            ("JIEDA_HOME", "/srv/jieda", "database_url", "sqlite:////srv/jieda/jieda.db"),
            ("JIEDA_HOME", "there", "home", Path("there").resolve()),
            ("DATABASE_URL", "postgresql://u:p@db/jieda", "database_url", "postgresql://u:p@db/jieda"),
            ("DATABASE_URL", "postgres://u:p@db/jieda", "database_url", "postgresql://u:p@db/jieda"),
            ("REDIS_URL", "redis://r", "redis_url", "redis://r"),
            ("JIEDA_RASA_TOKEN", "t", "rasa_token", "t"),
            ("JIEDA_RASA_TIMEOUT", "2.5", "rasa_timeout", 2.5),
            (
                "JIEDA_ALLOWED_ORIGINS",
                " https://a.cn  https://b.cn ",
                "allowed_origins",
                ("https://a.cn", "https://b.cn"),
            ),
            ("JIEDA_TRUSTED_PROXIES", "10.0.0.1", "trusted_proxies", "10.0.0.1"),
            ("JIEDA_CONVERSATIONS_PER_MINUTE", "7", "conversations_per_minute", 7),
            ("JIEDA_MESSAGES_PER_MINUTE", "8", "messages_per_minute", 8),
            ("JIEDA_SIGN_INS_PER_MINUTE", "9", "sign_ins_per_minute", 9),
            ("JIEDA_TOKEN_DAYS", "9", "token_days", 9),
            ("JIEDA_EMBEDDINGS", "there", "embeddings", Path("there").resolve()),
            ("JIEDA_LOG_LEVEL", "debug", "log_level", "debug"),
        ],
    )
    def test_are_taken(self, name: str, value: str, field: str, expected: object) -> None:
        assert getattr(read(**{name: value}), field) == expected

    @pytest.mark.parametrize("name", ["JIEDA_PORT", "JIEDA_RASA_PORT", "JIEDA_ACTIONS_PORT"])
    @pytest.mark.parametrize("value", ["0", "65536", "-1", "80.5", "http", "８０００", "٨٠", " 80", "1e3", "9" * 30])
    def test_what_is_no_port_is_named_with_what_is_wanted(self, name: str, value: str) -> None:
        with pytest.raises(SettingError) as caught:
            read(**{name: value})
        assert all(part in str(caught.value) for part in (name, repr(value), "1 to 65535"))

    @pytest.mark.parametrize(
        "name",
        ["JIEDA_RASA_TIMEOUT", "JIEDA_CONVERSATIONS_PER_MINUTE", "JIEDA_MESSAGES_PER_MINUTE", "JIEDA_TOKEN_DAYS"],
    )
    @pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "many", "1,5"])
    def test_what_is_no_number_above_nothing_is_named(self, name: str, value: str) -> None:
        with pytest.raises(SettingError, match=f"{name}=.*above 0"):
            read(**{name: value})

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("JIEDA_CONVERSATIONS_PER_MINUTE", "conversations_per_minute"),
            ("JIEDA_MESSAGES_PER_MINUTE", "messages_per_minute"),
            ("JIEDA_SIGN_INS_PER_MINUTE", "sign_ins_per_minute"),
            ("JIEDA_TOKEN_DAYS", "token_days"),
        ],
    )
    def test_a_part_of_one_is_not_taken_for_nothing(self, name: str, field: str) -> None:
        try:
            settings = read(**{name: "0.5"})
        except SettingError:
            return
        assert getattr(settings, field) > 0

    @pytest.mark.parametrize("value", ["loud", "INFO", "info "])
    def test_an_unknown_log_level_is_told_which_there_are(self, value: str) -> None:
        with pytest.raises(SettingError, match=r"JIEDA_LOG_LEVEL=.*info, debug, warning, error"):
            read(JIEDA_LOG_LEVEL=value)

    def test_an_error_has_a_code_for_machines(self) -> None:
        assert SettingError("A", "b", "c").code == "setting_invalid"


class TestEmbedded:
    @pytest.mark.parametrize(
        ("url", "embedded"),
        [("", True), ("sqlite:////x/y.db", True), ("postgresql://db/jieda", False), ("postgres://db/jieda", False)],
    )
    def test_is_one_process_of_each_kind_on_sqlite(self, url: str, embedded: bool) -> None:
        assert read(DATABASE_URL=url).embedded is embedded

    def test_the_tracker_has_a_file_of_its_own(self) -> None:
        assert read(JIEDA_HOME="/srv/jieda").tracker_url == "sqlite:////srv/jieda/tracker.db"

    def test_beyond_one_machine_the_tracker_is_in_the_same_database(self) -> None:
        assert read(DATABASE_URL="postgres://db/jieda").tracker_url == "postgresql://db/jieda"


class TestSecret:
    def test_it_is_made_once_and_kept(self, tmp_path: Path) -> None:
        home = tmp_path / "not" / "there"
        first = Settings(home=home).secret()
        assert len(first) >= 43  # 256 bits in base64
        assert Settings(home=home).secret() == first

    def test_nobody_else_may_read_it(self, tmp_path: Path) -> None:
        Settings(home=tmp_path).secret()
        assert [stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()] == [0o600]

    def test_each_home_has_its_own(self, tmp_path: Path) -> None:
        assert Settings(home=tmp_path / "a").secret() != Settings(home=tmp_path / "b").secret()

    def test_one_given_is_used_and_not_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JIEDA_SECRET", "given")
        assert Settings(home=tmp_path).secret() == "given"
        assert not list(tmp_path.iterdir())

    def test_blanks_around_one_written_by_hand_do_not_matter(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("by hand\n")
        assert Settings(home=tmp_path).secret() == "by hand"

    def test_an_empty_one_is_never_used(self, tmp_path: Path) -> None:
        """As a process leaves it that ends, or is overtaken, between making the file and writing it."""
        (tmp_path / "secret").touch()
        assert Settings(home=tmp_path).secret() != ""

    def test_another_process_that_asks_while_it_is_made_gets_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draw, others = secrets.token_urlsafe, []

        def draw_slowly(size: int) -> str:
            if not others:
                others.append("")
                others[0] = Settings(home=tmp_path).secret()
            return draw(size)

        monkeypatch.setattr(secrets, "token_urlsafe", draw_slowly)
        assert Settings(home=tmp_path).secret() == others[0]
        assert others[0] != ""


def test_a_process_reads_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    jieda.settings.settings.cache_clear()
    monkeypatch.setenv("JIEDA_PORT", "9001")
    try:
        first = jieda.settings.settings()
        monkeypatch.setenv("JIEDA_PORT", "9002")
        assert jieda.settings.settings() is first
        assert first.port == 9001
    finally:
        jieda.settings.settings.cache_clear()
