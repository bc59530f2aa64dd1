"""How much one address may ask for, and how often something is done."""

from __future__ import annotations

import time
from http import HTTPStatus

import redis
import structlog
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from jieda.gateway.errors import ApiError

log = structlog.get_logger(__name__)


class Pace:
    """Lets each key pass once in `seconds`; of those that come at once, the first."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._passed: dict[str, float] = {}

    def passes(self, key: str) -> bool:
        now = time.monotonic()
        if now - self._passed.get(key, -self._seconds) < self._seconds:
            return False
        self._passed = {each: at for each, at in self._passed.items() if now - at < self._seconds} | {key: now}
        return True


class AddressLimit:
    """How many requests of one kind one address may make in a minute; counted in memory, or in Redis for many."""

    def __init__(self, kind: str, per_minute: int, redis_url: str = "") -> None:
        self._kind = kind
        # Kept here: the limiter itself holds its storage weakly.
        self._storage = storage_from_string(redis_url or "memory://")
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._item = RateLimitItemPerMinute(per_minute)

    def spend(self, request: Request) -> None:
        """Counts one request. Raises ApiError when there were too many."""
        if not self.allows(request):
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests from this address; try again in a minute.",
                {"Retry-After": "60"},
            )

    def allows(self, request: Request) -> bool:
        """Counts one request; false when there were too many."""
        address = request.client.host if request.client else "unknown"
        try:
            return bool(self._limiter.hit(self._item, self._kind, address))
        except redis.RedisError as error:
            # Customers are served rather than turned away while nobody counts.
            log.warning("limit_not_counted", kind=self._kind, error=type(error).__name__)
            return True
