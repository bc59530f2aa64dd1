"""The signature and encryption: WeChat's own worked examples, and wechatpy both ways."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.replies import TextReply, TransferCustomerServiceReply, deserialize_reply

from jieda.gateway.wechat.crypto import CallbackRefused, Envelope, check_signature, decoded_key, signature
from jieda.gateway.wechat.messages import Push, cdata, fields_of, sealed_reply, text_reply, transfer_reply
from tests.fakes.wechat.server import aes_key

TOKEN, APPID, KEY = "tokenOfTests", "wx0123456789abcdef", "ZmFrZWtleWZha2VrZXlmYWtla2V5ZmFrZWtleTEyMzQ"
LETTERS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=300)


def envelope(*keys: str, appid: str = APPID) -> Envelope:
    return Envelope(TOKEN, appid, tuple(decoded_key(key) for key in keys or (KEY,)))


class TestWorkedExamples:
    def test_the_address_is_verified(self, vectors: dict[str, Any]) -> None:
        found = vectors["url_verify"]
        check_signature(found["signature"], vectors["token"], found["timestamp"], found["nonce"])

    def test_a_plain_push_is_verified(self, vectors: dict[str, Any]) -> None:
        found = vectors["plain"]
        check_signature(found["signature"], vectors["token"], found["timestamp"], found["nonce"])

    def test_a_safe_push_is_opened(self, vectors: dict[str, Any]) -> None:
        found = vectors["safe"]
        own = Envelope(vectors["token"], vectors["appid"], (decoded_key(vectors["encoding_aes_key"]),))
        opened = own.open(found["Encrypt"], found["timestamp"], found["nonce"], found["msg_signature"])
        assert b'"debug_str":"hello world"' in opened.message
        check_signature(found["signature"], vectors["token"], found["timestamp"], found["nonce"])

    def test_a_reply_is_sealed_to_the_letter(self, vectors: dict[str, Any]) -> None:
        found, key = vectors["reply"], decoded_key(vectors["encoding_aes_key"])
        own = Envelope(vectors["token"], vectors["appid"], (key,))
        sealed = own.seal(
            found["plaintext"].encode(), found["timestamp"], found["nonce"], key, found["random16"].encode()
        )
        assert (sealed.encrypted, sealed.msg_signature) == (found["Encrypt"], found["msg_signature"])

    def test_customer_service_is_verified(self, vectors: dict[str, Any]) -> None:
        found = vectors["wecom_url_verify"]
        own = Envelope(found["token"], found["corpid"], (decoded_key(found["encoding_aes_key"]),))
        opened = own.open(found["echostr"], found["timestamp"], found["nonce"], found["msg_signature"])
        assert opened.message.decode() == found["plaintext"]


class TestWithWechatpy:
    @given(LETTERS)
    def test_it_opens_what_we_seal(self, text: str) -> None:
        sealed = envelope().seal(text.encode(), "1714036504", "nonce", decoded_key(KEY))
        reply = sealed_reply(sealed)
        opened = WeChatCrypto(TOKEN, KEY, APPID).decrypt_message(reply, sealed.msg_signature, "1714036504", "nonce")
        assert opened == text
        assert xmltodict.parse(reply)["xml"]["Nonce"] == "nonce"

    @given(LETTERS)
    def test_we_open_what_it_seals(self, text: str) -> None:
        encrypted = PrpCrypto(WeChatCrypto(TOKEN, KEY, APPID).key).encrypt(text, APPID).decode()
        signed = signature(TOKEN, "1", "2", encrypted)
        assert envelope().open(encrypted, "1", "2", signed).message.decode() == text

    @given(LETTERS)
    def test_it_parses_what_we_reply(self, text: str) -> None:
        push = Push("gh_1", "oCustomer", 1, "text", "1")
        reply = deserialize_reply(text_reply(push, f"答：{text}", 1_773_280_800), update_time=False)
        assert isinstance(reply, TextReply)
        assert (reply.source, reply.target) == ("gh_1", "oCustomer")
        told = xmltodict.parse(text_reply(push, f"答：{text}", 1))["xml"]["Content"]
        assert reply.content == told

    def test_it_parses_a_transfer_and_we_keep_whom_to(self) -> None:
        push = Push("gh_1", "oCustomer", 1, "text", "1")
        xml = transfer_reply(push, 1_773_280_800, "fang@gh_1")
        assert isinstance(deserialize_reply(xml), TransferCustomerServiceReply)
        assert fields_of(xml.encode())["TransInfo/KfAccount"] == "fang@gh_1"

    @given(LETTERS.filter(lambda text: "]]>" not in text))
    def test_we_parse_what_it_renders(self, text: str) -> None:
        told = fields_of(TextReply(source="gh_1", target="oCustomer", content=text).render().encode())
        again = fields_of(f"<xml><Content>{cdata(text)}</Content></xml>".encode())
        assert told["Content"] == again["Content"]
        assert told["FromUserName"] == "gh_1"


class TestKeysInChange:
    def test_the_previous_key_still_opens_and_is_told(self) -> None:
        new, old = aes_key(), aes_key()
        sealed = envelope(old).seal(b"hello", "1", "2", decoded_key(old))
        opened = envelope(new, old).open(sealed.encrypted, "1", "2", sealed.msg_signature)
        assert (opened.message, opened.key) == (b"hello", decoded_key(old))

    def test_without_it_the_message_is_refused(self) -> None:
        sealed = envelope(aes_key()).seal(b"hello", "1", "2", decoded_key(aes_key()))
        with pytest.raises(CallbackRefused):
            envelope().open(sealed.encrypted, "1", "2", sealed.msg_signature)


class TestRefused:
    def test_a_wrong_signature(self) -> None:
        sealed = envelope().seal(b"hello", "1", "2", decoded_key(KEY))
        for wrong in ("", "0" * 40, sealed.msg_signature[:-1], sealed.msg_signature.upper(), "签名"):
            with pytest.raises(CallbackRefused):
                envelope().open(sealed.encrypted, "1", "2", wrong)

    def test_a_message_for_another_account(self) -> None:
        sealed = envelope(appid="wxother").seal(b"hello", "1", "2", decoded_key(KEY))
        with pytest.raises(CallbackRefused):
            envelope().open(sealed.encrypted, "1", "2", sealed.msg_signature)

    @given(st.binary(max_size=200))
    def test_anything_else_that_is_signed(self, sealed: bytes) -> None:
        encrypted = base64.b64encode(sealed).decode()
        with pytest.raises(CallbackRefused):
            envelope().open(encrypted, "1", "2", signature(TOKEN, "1", "2", encrypted))

    def test_a_key_of_another_length(self) -> None:
        for wrong in ("", KEY[:-1], KEY + "A", "!" * 43):
            with pytest.raises(ValueError, match="wants"):
                decoded_key(wrong)
