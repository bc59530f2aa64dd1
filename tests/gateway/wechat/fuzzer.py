"""Run by atheris: everything that reads bytes from outside either reads or refuses them."""

from __future__ import annotations

import base64
import sys

import atheris

with atheris.instrument_imports(include=["jieda.gateway.wechat"]):
    from jieda.gateway.wechat.crypto import CallbackRefused, Envelope, decoded_key, signature
    from jieda.gateway.wechat.messages import PushUnreadable, fields_of, push_of, text_reply
    from jieda.gateway.wechat.rendering import BYTES_MAX, cut, plain, size

KEY = "ZmFrZWtleWZha2VrZXlmYWtla2V5ZmFrZWtleTEyMzQ"
ENVELOPE = Envelope("token", "wx1", (decoded_key(KEY),))


def one_input(data: bytes) -> None:
    try:
        push = push_of(fields_of(data))
        assert fields_of(text_reply(push, push.text, 1).encode())["ToUserName"] == push.sender
    except PushUnreadable:
        pass
    encrypted = base64.b64encode(data).decode()
    try:
        ENVELOPE.open(encrypted, "1", "2", signature("token", "1", "2", encrypted))
        raise AssertionError("opened what nobody sealed")
    except CallbackRefused:
        pass
    text = plain(data.decode("utf-8", "replace"))
    while text:
        at = cut(text, 300)
        assert 0 < size(text[:at]) <= BYTES_MAX
        text = text[at:]


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
