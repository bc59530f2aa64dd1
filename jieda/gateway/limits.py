"""How much one address may ask for."""

from __future__ import annotations

from http import HTTPStatus

from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from jieda.gateway.errors import ApiError


class AddressLimit:
    """How many requests of one kind one address may make in a minute; counted in memory, or in Redis for many."""

    def __init__(self, kind: str, per_minute: int, redis_url: str = "") -> None:
        self._kind = kind
        self._limiter = MovingWindowRateLimiter(storage_from_string(redis_url or "memory://"))
        self._item = RateLimitItemPerMinute(per_minute)

    def spend(self, request: Request) -> None:
        """Counts one request. Raises ApiError when there were too many."""
        address = request.client.host if request.client else "unknown"
        if not self._limiter.hit(self._item, self._kind, address):
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests from this address; try again in a minute.",
                {"Retry-After": "60"},
            )
