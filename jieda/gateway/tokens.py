"""Tokens that let a customer into their own conversation, and no other."""

from __future__ import annotations

from http import HTTPStatus

from itsdangerous import BadSignature, URLSafeTimedSerializer

from jieda.gateway.errors import ApiError

_DAY = 24 * 60 * 60


class ConversationTokens:
    """Signs conversation ids; a token is good for that conversation, for some days."""

    def __init__(self, secret: str, days: int) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="jieda.conversation")
        self._seconds = days * _DAY

    def issue(self, conversation_id: str) -> str:
        return str(self._serializer.dumps(conversation_id))

    def check(self, authorization: str | None, conversation_id: str) -> None:
        """Checks an Authorization header for a conversation. Raises ApiError."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refused("unauthorized", "The conversation's token is wanted as Authorization: Bearer.")
        try:
            signed_for = self._serializer.loads(token.strip(), max_age=self._seconds)
        except BadSignature as error:
            raise _refused("unauthorized", "The token is not valid, or has expired.") from error
        if signed_for != conversation_id:
            raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", "The token belongs to another conversation.")


def _refused(code: str, message: str) -> ApiError:
    return ApiError(HTTPStatus.UNAUTHORIZED, code, message, {"WWW-Authenticate": "Bearer"})
