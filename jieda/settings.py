"""Settings of a running Jieda, read from the environment once in a process.

The names that others rely on are fixed by the contract; README.md lists them all.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_DAYS_MOST = 36_500
PROJECT = Path(__file__).resolve().parent.parent


class SettingError(ValueError):
    """A setting that cannot be used. `str()` names the setting, its value and what it wants."""

    code = "setting_invalid"

    def __init__(self, name: str, value: str, wants: str) -> None:
        super().__init__(f"{name}={value!r}: wants {wants}")


@dataclass(frozen=True)
class Settings:
    """Addresses, places and limits. Ports are TCP ports; `home` holds all that is written at run time."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 8000
    rasa_port: int = 5005
    actions_port: int = 5055
    database_url: str = ""
    redis_url: str = ""
    rasa_url: str = ""
    rasa_token: str = ""
    rasa_timeout: float = 15.0
    """Seconds a customer waits for Rasa before the apology."""
    allowed_origins: tuple[str, ...] = ()
    """Sites, besides Jieda's own page, that embed the widget."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses whose X-Forwarded-For is believed."""
    conversations_per_minute: int = 120
    messages_per_minute: int = 600
    sign_ins_per_minute: int = 30
    """Limits for one address."""
    token_days: int = 30
    """Days after which a conversation's token expires."""
    queue_minutes: float = 3.0
    """How long a customer waits for an agent before the bot takes over again."""
    retention_days: int = 0
    """Days after its last event on which a conversation is erased; 0: it is kept."""
    notify: Path | None = None
    """The file that says how supervisors are told (docs/desk.md)."""
    embeddings: Path | None = None
    """The folder of a sentence-embedding model, for a pipeline that has one (docs/embeddings.md)."""
    log_level: str = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Raises SettingError."""
        home = Path(environment.get("JIEDA_HOME") or PROJECT / "var").resolve()
        rasa_port = _port(environment, "JIEDA_RASA_PORT", 5005)
        embeddings = environment.get("JIEDA_EMBEDDINGS")
        notify = environment.get("JIEDA_NOTIFY")
        return cls(
            home=home,
            host=environment.get("JIEDA_HOST") or "127.0.0.1",
            port=_port(environment, "JIEDA_PORT", 8000),
            rasa_port=rasa_port,
            actions_port=_port(environment, "JIEDA_ACTIONS_PORT", 5055),
            database_url=_database(environment.get("DATABASE_URL") or f"sqlite:///{home / 'jieda.db'}"),
            redis_url=environment.get("REDIS_URL") or "",
            rasa_url=environment.get("JIEDA_RASA_URL") or f"http://127.0.0.1:{rasa_port}",
            rasa_token=environment.get("JIEDA_RASA_TOKEN") or "",
            rasa_timeout=_positive(environment, "JIEDA_RASA_TIMEOUT", 15.0),
            allowed_origins=tuple((environment.get("JIEDA_ALLOWED_ORIGINS") or "").split()),
            trusted_proxies=environment.get("JIEDA_TRUSTED_PROXIES") or "127.0.0.1",
            conversations_per_minute=int(_positive(environment, "JIEDA_CONVERSATIONS_PER_MINUTE", 120, least=1)),
            messages_per_minute=int(_positive(environment, "JIEDA_MESSAGES_PER_MINUTE", 600, least=1)),
            sign_ins_per_minute=int(_positive(environment, "JIEDA_SIGN_INS_PER_MINUTE", 30, least=1)),
            token_days=int(_positive(environment, "JIEDA_TOKEN_DAYS", 30, least=1)),
            queue_minutes=_positive(environment, "JIEDA_QUEUE_MINUTES", 3.0),
            retention_days=_days(environment, "JIEDA_RETENTION_DAYS"),
            notify=Path(notify).resolve() if notify else None,
            embeddings=Path(embeddings).resolve() if embeddings else None,
            log_level=_one_of(environment, "JIEDA_LOG_LEVEL", ("info", "debug", "warning", "error")),
        )

    @property
    def embedded(self) -> bool:
        """Whether one process of each kind serves all, on SQLite."""
        return self.database_url.startswith("sqlite")

    @property
    def tracker_url(self) -> str:
        """The database of Rasa's tracker store."""
        return f"sqlite:///{self.home / 'tracker.db'}" if self.embedded else self.database_url

    def secret(self) -> str:
        """The key that conversation tokens are signed with: JIEDA_SECRET, or one made once and kept in `home`."""
        given = os.environ.get("JIEDA_SECRET")
        if given:
            return given
        file = self.home / "secret"
        if not file.exists() or not file.read_text().strip():
            self.home.mkdir(parents=True, exist_ok=True)
            # Written whole before it bears its name, so that nobody reads half a key.
            descriptor, made = tempfile.mkstemp(dir=self.home)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_urlsafe(48))
            if file.exists() and not file.read_text().strip():
                file.unlink()
            # A link, unlike a move, leaves a key alone that another process made meanwhile.
            with contextlib.suppress(FileExistsError):
                Path(file).hardlink_to(made)
            Path(made).unlink()
        return file.read_text().strip()


def _database(url: str) -> str:
    # SQLAlchemy names the dialect postgresql; many hosts hand out postgres://.
    return "postgresql://" + url.removeprefix("postgres://") if url.startswith("postgres://") else url


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65_536:
        raise SettingError(name, value, "a port from 1 to 65535")
    return int(value)


def _one_of(environment: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    """The first of the known is the default."""
    value = environment.get(name) or known[0]
    if value not in known:
        raise SettingError(name, value, f"one of {', '.join(known)}")
    return value


def _positive(environment: Mapping[str, str], name: str, default: float, least: float = 0.0) -> float:
    value = environment.get(name) or str(default)
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not max(least, 1e-9) <= number < float("inf"):
        raise SettingError(name, value, "a number above 0")
    return number


def _days(environment: Mapping[str, str], name: str) -> int:
    """A whole number of days; 0 without the setting."""
    value = environment.get(name) or "0"
    if not value.isascii() or not value.isdigit() or int(value) > _DAYS_MOST:
        raise SettingError(name, value, f"a whole number of days up to {_DAYS_MOST}, or 0 for no end")
    return int(value)


@functools.cache
def settings() -> Settings:
    """The settings of this process. Raises SettingError."""
    return Settings.from_environment(os.environ)
