"""What all gateways share of WeChat's API: access tokens, and how far customer service has been fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from jieda.store.database import reading
from jieda.store.wechat_tables import wechat_kf_cursors, wechat_tokens


@dataclass(frozen=True)
class StoredToken:
    """An access token and until when WeChat said it holds."""

    access_token: str = field(repr=False)
    expires_at: datetime
    forced_at: datetime | None = None


@dataclass(frozen=True)
class KfCursor:
    """Where fetching stands. `token` is the latest callback's, good for 10 minutes from `called_at`."""

    cursor: str
    token: str | None
    called_at: datetime | None
    called: int
    fetched: int


class TokenBook:
    """The access tokens of all accounts; one refresh at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, account: str) -> StoredToken | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(wechat_tokens).where(wechat_tokens.c.account == account)).mappings().first()
        if row is None or row["access_token"] is None:
            return None
        return StoredToken(row["access_token"], row["expires_at"], row["forced_at"])

    def lease(self, account: str, holder: str, at: datetime, length: timedelta) -> bool:
        """Takes the right to refresh; false while another gateway has it."""
        _made(self._engine, wechat_tokens, account)
        return _leased(self._engine, wechat_tokens, account, holder, at, length)

    def write(self, account: str, holder: str, token: StoredToken) -> None:
        """Keeps a new token and gives the right to refresh back."""
        self._end(
            account, holder, access_token=token.access_token, expires_at=token.expires_at, forced_at=token.forced_at
        )

    def release(self, account: str, holder: str) -> None:
        self._end(account, holder)

    def _end(self, account: str, holder: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(wechat_tokens)
                .where(wechat_tokens.c.account == account, wechat_tokens.c.leased_by == holder)
                .values(leased_by=None, leased_until=None, **values)
            )


class KfCursors:
    """How far the messages of each customer-service account have been fetched; one gateway fetches at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def called(self, account: str, token: str | None, at: datetime) -> None:
        """Notes that WeChat has something new; what must be fetched is known from then on, whatever dies."""
        _made(self._engine, wechat_kf_cursors, account)
        with self._engine.begin() as connection:
            connection.execute(
                update(wechat_kf_cursors)
                .where(wechat_kf_cursors.c.account == account)
                .values(token=token, called_at=at, called=wechat_kf_cursors.c.called + 1)
            )

    def read(self, account: str) -> KfCursor:
        with reading(self._engine) as connection:
            row = (
                connection.execute(select(wechat_kf_cursors).where(wechat_kf_cursors.c.account == account))
                .mappings()
                .first()
            )
        if row is None:
            return KfCursor("", None, None, 0, 0)
        return KfCursor(row["cursor"], row["token"], row["called_at"], row["called"], row["fetched"])

    def lease(self, account: str, holder: str, at: datetime, length: timedelta) -> bool:
        _made(self._engine, wechat_kf_cursors, account)
        return _leased(self._engine, wechat_kf_cursors, account, holder, at, length)

    def save(self, account: str, cursor: str) -> None:
        """To be called only once what came before the cursor is stored."""
        self._update(account, cursor=cursor)

    def caught_up(self, account: str, called: int) -> None:
        """All that WeChat had called for up to that count is fetched."""
        self._update(account, fetched=called)

    def release(self, account: str) -> None:
        """Also for the start of a gateway that is the only one."""
        self._update(account, leased_by=None, leased_until=None)

    def _update(self, account: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(wechat_kf_cursors).where(wechat_kf_cursors.c.account == account).values(values))


_EMPTY: dict[str, dict[str, Any]] = {
    wechat_tokens.name: {},
    wechat_kf_cursors.name: {"cursor": "", "called": 0, "fetched": 0},
}


def _made(engine: Engine, table: Any, account: str) -> None:
    """Sees to it that the account has its row."""
    with reading(engine) as connection:
        if connection.execute(select(table.c.account).where(table.c.account == account)).first() is not None:
            return
    try:
        with engine.begin() as connection:
            connection.execute(insert(table).values(account=account, **_EMPTY[table.name]))
    except IntegrityError:
        pass


def _leased(engine: Engine, table: Any, account: str, holder: str, at: datetime, length: timedelta) -> bool:
    free = or_(table.c.leased_by.is_(None), table.c.leased_by == holder, table.c.leased_until < at)
    with engine.begin() as connection:
        taken = connection.execute(
            update(table).where(table.c.account == account, free).values(leased_by=holder, leased_until=at + length)
        )
        return bool(taken.rowcount)
