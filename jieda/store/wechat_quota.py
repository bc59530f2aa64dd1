"""How many messages a WeChat user allows, by what they did last."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.engine import Connection

from jieda.store.wechat_tables import wechat_quota


class Trigger(str, Enum):
    """What a user did that allows messages to be sent, as WeChat counts it."""

    MESSAGE = "message"
    TOUCH = "touch"


GRANTS: dict[Trigger, tuple[int, timedelta]] = {
    Trigger.MESSAGE: (5, timedelta(hours=48)),
    # A click on a menu, following, scanning.
    Trigger.TOUCH: (3, timedelta(minutes=1)),
}
"""How many messages, and for how long (mp: customer-service messages)."""


def grant(connection: Connection, account: str, openid: str, trigger: Trigger, at: datetime) -> None:
    """What the user did allows messages anew."""
    allowed, length = GRANTS[trigger]
    granted = {"granted_at": at, "expires_at": at + length, "allowed": allowed, "used": 0}
    which = and_(of_user(account, openid), wechat_quota.c.trigger == trigger.value)
    if not connection.execute(update(wechat_quota).where(which).values(granted)).rowcount:
        connection.execute(
            insert(wechat_quota).values(account=account, openid=openid, trigger=trigger.value, **granted)
        )


def window_ends_at(connection: Connection, account: str, openid: str, at: datetime) -> datetime | None:
    """Until when anything may be sent at all; None when it may not."""
    query = select(wechat_quota.c.expires_at).where(of_user(account, openid), wechat_quota.c.expires_at > at)
    return max((row[0] for row in connection.execute(query)), default=None)


def grants(connection: Connection, account: str, openid: str, at: datetime) -> list[Any]:
    """What still allows something, that which ends first first."""
    query = select(wechat_quota).where(
        of_user(account, openid),
        wechat_quota.c.expires_at > at,
        wechat_quota.c.used < wechat_quota.c.allowed,
    )
    return list(connection.execute(query.order_by(wechat_quota.c.expires_at)).mappings())


def of_user(account: str, openid: str) -> Any:
    return and_(wechat_quota.c.account == account, wechat_quota.c.openid == openid)
