"""Pushes to a developer's server, as WeChat makes them, and its judgement of what is answered."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import xmltodict
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException

from tests.fakes.wechat.clock import FakeClock

CUT_SECONDS = 5.0
DELIVERIES = 3
UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"
BYTES_MAX = 2048


@dataclass
class Outcome:
    """What became of a push: `kind` is accepted, reply, timeout, or unavailable and why."""

    kind: str
    seconds: float
    deliveries: int
    status: int = 200
    reply: dict[str, Any] = field(default_factory=dict)
    why: str = ""


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


class Pusher:
    """Pushes to one address in one mode."""

    def __init__(
        self, address: str, token: str, aes_key: str, appid: str, original_id: str, mode: str, clock: FakeClock
    ) -> None:
        self.address = address
        self.token = token
        self.appid = appid
        self.original_id = original_id
        self.mode = mode
        self.clock = clock
        self.crypto = WeChatCrypto(token, aes_key, appid)
        self.cut = CUT_SECONDS
        self.http = httpx.Client(trust_env=False, timeout=None)
        self.lock = threading.Lock()
        self.outcomes: list[Outcome] = []

    def use_key(self, aes_key: str) -> None:
        self.crypto = WeChatCrypto(self.token, aes_key, self.appid)

    def query(self, encrypted: str | None = None, **more: str) -> dict[str, str]:
        """Fresh at each delivery."""
        timestamp, nonce = str(int(self.clock.now().timestamp())), str(secrets.randbelow(10**9))
        query = {"signature": sha1(self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if encrypted is not None:
            query |= {"encrypt_type": "aes", "msg_signature": sha1(self.token, timestamp, nonce, encrypted)}
        return query | more

    def wrapped(self, xml: str) -> tuple[bytes, dict[str, str]]:
        """Body and query of one delivery: fresh nonce, fresh ciphertext."""
        if self.mode == "plain":
            return xml.encode(), self.query()
        encrypted = self.encrypted(xml)
        envelope = f"<Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        if self.mode == "safe":
            body = f"<xml><ToUserName><![CDATA[{self.original_id}]]></ToUserName>{envelope}</xml>"
        else:
            body = xml.replace("</xml>", f"{envelope}</xml>")
        return body.encode(), self.query(encrypted)

    def encrypted(self, xml: str) -> str:
        return PrpCrypto(self.crypto.key).encrypt(xml, self.appid).decode()

    def verify(self, echo: str) -> httpx.Response:
        """The GET by which WeChat's console checks the address."""
        return self.http.get(self.address, params=self.query(echostr=echo))

    def push(self, xml: str, openid: str) -> Outcome:
        """Delivers until it is answered: three times, each cut at 5 s."""
        outcome = Outcome("timeout", 0.0, 0)
        for delivery in range(1, DELIVERIES + 1):
            outcome = self.deliver(xml, openid)
            outcome.deliveries = delivery
            if outcome.kind != "timeout":
                break
        else:
            outcome.why = "no answer to three deliveries"
        with self.lock:
            self.outcomes.append(outcome)
        return outcome

    def deliver(self, xml: str, openid: str) -> Outcome:
        """One delivery."""
        body, query = self.wrapped(xml)
        started = time.perf_counter()
        try:
            answer = self.http.post(
                self.address,
                params=query,
                content=body,
                headers={"Content-Type": "text/xml"},
                timeout=httpx.Timeout(self.cut, connect=self.cut),
            )
        except httpx.HTTPError:
            return Outcome("timeout", time.perf_counter() - started, 1)
        seconds = time.perf_counter() - started
        if seconds > self.cut:
            return Outcome("timeout", seconds, 1)
        return self.judged(answer, openid, seconds)

    def judged(self, answer: httpx.Response, openid: str, seconds: float) -> Outcome:
        def unavailable(why: str) -> Outcome:
            return Outcome("unavailable", seconds, 1, answer.status_code, why=why)

        if answer.status_code != 200:
            return unavailable(f"status {answer.status_code}")
        if answer.content in (b"", b"success"):
            return Outcome("accepted", seconds, 1)
        try:
            reply = self.opened(answer.text)
        except (InvalidSignatureException, InvalidAppIdException) as error:
            return unavailable(type(error).__name__)
        except Exception as error:
            return unavailable(f"no reply: {type(error).__name__}")
        if reply.get("ToUserName") != openid or reply.get("FromUserName") != self.original_id:
            return unavailable("not from the account to the user")
        kind = reply.get("MsgType")
        if kind == "text":
            if not reply.get("Content") or len(reply["Content"].encode()) > BYTES_MAX:
                return unavailable("no text, or too long")
        elif kind != "transfer_customer_service":
            return unavailable(f"type {kind}")
        return Outcome("reply", seconds, 1, reply=reply)

    def opened(self, text: str) -> dict[str, Any]:
        if self.mode != "plain":
            envelope = xmltodict.parse(text)["xml"]
            text = self.crypto.decrypt_message(text, envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"])
        return dict(xmltodict.parse(text)["xml"])
