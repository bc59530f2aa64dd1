"""A customer-service account (微信客服) as WeChat keeps it: a log of messages, sessions with states, its customers."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from wechatpy.crypto import PrpCrypto
from wechatpy.enterprise.crypto import WeChatCrypto as WorkCrypto

from jieda.wechat_settings import KfAccount
from tests.fakes.wechat.api import FakeApi, error
from tests.fakes.wechat.clock import FakeClock
from tests.fakes.wechat.official import Heard
from tests.fakes.wechat.push import BYTES_MAX, CUT_SECONDS, sha1

NEW, BOT, QUEUE, HUMAN, ENDED = range(5)
MOVES = {
    NEW: {BOT, QUEUE, HUMAN},
    BOT: {QUEUE, HUMAN, ENDED},
    QUEUE: {HUMAN, ENDED},
    HUMAN: {HUMAN, ENDED},
    ENDED: set(),
}
ALLOWED, WINDOW = 5, timedelta(hours=48)
CODE_HOLDS = timedelta(seconds=20)
TOKEN_HOLDS = timedelta(minutes=10)
REPLAYED = timedelta(days=3)


@dataclass
class KfPhone:
    """A customer's telephone."""

    account: FakeKf
    openid: str
    state: int = NEW
    servicer: str | None = None
    heard: list[Heard] = field(default_factory=list)
    to_people: list[str] = field(default_factory=list)
    left: int = 0
    until: datetime | None = None
    acknowledged: list[float] = field(default_factory=list)
    """Seconds that each callback took."""

    def enter(self) -> None:
        """Opens the chat window."""
        code = self.account.code("welcome", self.openid)
        self.account.event("enter_session", self.openid, scene="", welcome_code=code)
        self.account.call(self)

    def say(self, text: str, menu_id: str | None = None, call: bool = True) -> str:
        content = {"content": text, **({"menu_id": menu_id} if menu_id else {})}
        return self._sent("text", {"text": content}, text, call)

    def tap(self, title: str) -> str:
        menu = next(each for each in reversed(self.heard) if each.items)
        identity = next(key for key, name in menu.items if name == title)
        return self.say(title, identity)

    def picture(self, media_id: str) -> str:
        return self._sent("image", {"image": {"media_id": media_id}}, "", True)

    def send_kind(self, kind: str, content: dict[str, Any]) -> str:
        return self._sent(kind, {kind: content}, "", True)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.heard]

    def _sent(self, kind: str, content: dict[str, Any], text: str, call: bool) -> str:
        if self.state == ENDED:
            self.state = NEW
        if self.state in (QUEUE, HUMAN):
            self.to_people.append(text)
        self.left, self.until = ALLOWED, self.account.clock.now() + WINDOW
        msgid = self.account.append(3, kind, content, self.openid)
        if call:
            self.account.call(self)
        return msgid


class FakeKf(FakeApi):
    """The account's API, its sessions and its customers."""

    def __init__(self, account: KfAccount, gateway: str, clock: FakeClock) -> None:
        super().__init__(clock, account.secret)
        self.account = account
        self.address = f"{gateway}{account.path}"
        self.phones: dict[str, KfPhone] = {}
        self.on_duty: list[str] = []
        self.log: list[dict[str, Any]] = []
        self.page_size = 1000
        self.empty_pages = 0
        """How many pages come empty though there is more."""
        self.media: dict[str, bytes] = {}
        self.undeliverable = 0
        """How many of the next messages are taken and then not delivered."""
        self.msgids: set[str] = set()
        self.synced: list[tuple[str, str | None]] = []
        """Cursor and token of each fetch."""
        self._codes: dict[str, tuple[str, datetime]] = {}
        self._tokens: dict[str, datetime] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self.http = httpx.Client(trust_env=False, timeout=CUT_SECONDS)

    def phone(self, openid: str) -> KfPhone:
        return self.phones.setdefault(openid, KfPhone(self, openid))

    # --- what happens in WeChat

    def append(self, origin: int, kind: str, content: dict[str, Any], openid: str, **more: Any) -> str:
        with self._lock:
            msgid = more.pop("msgid", None) or f"kf-{next(self._numbers)}-{secrets.token_hex(4)}"
            base = {"msgid": msgid, "send_time": int(self.clock.now().timestamp()), "origin": origin, "msgtype": kind}
            if kind != "event":
                base |= {"open_kfid": self.account.open_kfid, "external_userid": openid}
            self.log.append({**base, **content, **more})
            return msgid

    def event(self, kind: str, openid: str, **more: Any) -> None:
        base = {"event_type": kind, "open_kfid": self.account.open_kfid, "external_userid": openid}
        self.append(4, "event", {"event": {**base, **more}}, openid)

    def code(self, kind: str, openid: str) -> str:
        code = f"{kind}-{secrets.token_hex(8)}"
        self._codes[code] = (openid, self.clock.now())
        return code

    def connect(self, openid: str, servicer: str) -> None:
        """A person takes the session from the pool."""
        phone = self.phones[openid]
        phone.state, phone.servicer = HUMAN, servicer
        self.event(
            "session_status_change",
            openid,
            change_type=1,
            new_servicer_userid=servicer,
            msg_code=self.code("connected", openid),
        )
        self.call(phone)

    def agent_says(self, openid: str, text: str) -> None:
        phone = self.phones[openid]
        phone.heard.append(Heard("native", text))
        self.append(5, "text", {"text": {"content": text}, "servicer_userid": phone.servicer}, openid)
        self.call(phone)

    def end(self, openid: str) -> None:
        """The person ends the session."""
        phone = self.phones[openid]
        old, phone.servicer, phone.state = phone.servicer, None, ENDED
        self.event(
            "session_status_change", openid, change_type=3, old_servicer_userid=old, msg_code=self.code("ended", openid)
        )
        self.call(phone)

    def call(self, phone: KfPhone | None = None, body: bytes | None = None, **query: str) -> httpx.Response:
        """The callback: that there is something, and a token to fetch it with."""
        token = f"ENC{secrets.token_hex(8)}"
        self._tokens[token] = self.clock.now()
        xml = (
            f"<xml><ToUserName><![CDATA[{self.account.corp_id}]]></ToUserName>"
            f"<CreateTime>{int(self.clock.now().timestamp())}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            f"<Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[{token}]]></Token>"
            f"<OpenKfId><![CDATA[{self.account.open_kfid}]]></OpenKfId></xml>"
        )
        encrypted = self.encrypted(xml)
        wrapped = (
            f"<xml><ToUserName><![CDATA[{self.account.corp_id}]]></ToUserName>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt><AgentID></AgentID></xml>"
        )
        answer = self.http.post(
            self.address, params={**self.query(encrypted), **query}, content=wrapped.encode() if body is None else body
        )
        if phone is not None:
            phone.acknowledged.append(answer.elapsed.total_seconds())
        return answer

    def verify(self, echo: str) -> httpx.Response:
        encrypted = self.encrypted(echo)
        return self.http.get(self.address, params={**self.query(encrypted), "echostr": encrypted})

    def encrypted(self, text: str) -> str:
        crypto = WorkCrypto(self.account.token, self.account.encoding_aes_key, self.account.corp_id)
        return PrpCrypto(crypto.key).encrypt(text, self.account.corp_id).decode()

    def query(self, encrypted: str) -> dict[str, str]:
        timestamp, nonce = str(int(self.clock.now().timestamp())), str(secrets.randbelow(10**9))
        signed = sha1(self.account.token, timestamp, nonce, encrypted)
        return {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce}

    # --- the API

    def routes(self) -> list[Route]:
        return [
            Route("/cgi-bin/gettoken", self._gettoken),
            Route("/cgi-bin/kf/sync_msg", self._sync, methods=["POST"]),
            Route("/cgi-bin/kf/send_msg", self._send, methods=["POST"]),
            Route("/cgi-bin/kf/send_msg_on_event", self._on_event, methods=["POST"]),
            Route("/cgi-bin/kf/service_state/get", self._state, methods=["POST"]),
            Route("/cgi-bin/kf/service_state/trans", self._trans, methods=["POST"]),
            Route("/cgi-bin/kf/servicer/list", self._servicers),
            Route("/cgi-bin/media/get", self._media),
        ]

    async def _gettoken(self, request: Request) -> Response:
        query = request.query_params
        self.calls.append((request.url.path, dict(query)))
        if query.get("corpid") != self.account.corp_id or query.get("corpsecret") != self.secret:
            return error(40001, "invalid credential")
        token = self.stable(force=False)
        assert token is not None
        return self.granted(token)

    async def _sync(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        body = await request.json()
        self.synced.append((str(body.get("cursor") or ""), body.get("token")))
        if not 0 < int(body.get("limit", 0)) <= 1000 or body.get("open_kfid") != self.account.open_kfid:
            return error(40058, "invalid argument")
        token = body.get("token")
        if (
            token is not None
            and self.clock.now() - self._tokens.get(token, datetime.min.replace(tzinfo=self.clock.now().tzinfo))
            > TOKEN_HOLDS
        ):
            return error(95007, "invalid msg token")
        with self._lock:
            after = self._place(str(body.get("cursor") or ""))
            if self.empty_pages:
                self.empty_pages -= 1
                return JSONResponse(self._page([], after, True))
            page = self.log[after : after + min(self.page_size, int(body["limit"]))]
            end = after + len(page)
            return JSONResponse(self._page(page, end, end < len(self.log)))

    def _place(self, cursor: str) -> int:
        if cursor:
            return int(cursor.split("-")[1])
        since = (self.clock.now() - REPLAYED).timestamp()
        return next((at for at, each in enumerate(self.log) if each["send_time"] >= since), len(self.log))

    def _page(self, page: list[dict[str, Any]], end: int, more: bool) -> dict[str, Any]:
        cursor = f"c-{end}-{secrets.token_hex(2)}"
        return {"errcode": 0, "errmsg": "ok", "next_cursor": cursor, "has_more": int(more), "msg_list": page}

    async def _send(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        body = json.loads(await request.body())
        phone, heard = self.phones.get(str(body.get("touser"))), _message(body)
        if phone is None or body.get("open_kfid") != self.account.open_kfid:
            return error(40003, "invalid openid")
        if heard is None:
            return error(40008, "invalid message type")
        if len(heard.text.encode()) + sum(len(title.encode()) for _, title in heard.items) > BYTES_MAX:
            return error(40058, "content too long")
        msgid = body.get("msgid")
        if msgid is not None and (not isinstance(msgid, str) or not 0 < len(msgid) <= 32):
            return error(40058, "invalid msgid")
        if phone.state not in (NEW, BOT):
            return error(95018, "send msg session status invalid")
        if phone.until is None or self.clock.now() >= phone.until:
            return error(95002, "send msg time limit")
        if msgid in self.msgids:
            return error(95011, "msgid exists")
        if phone.left <= 0:
            return error(95001, "send msg count limit")
        phone.left -= 1
        if msgid:
            self.msgids.add(msgid)
        if self.undeliverable:
            self.undeliverable -= 1
            self.event("msg_send_fail", phone.openid, fail_msgid=msgid, fail_type=10)
            threading.Timer(0.05, self.call).start()
        else:
            phone.heard.append(heard)
        return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": msgid})

    async def _on_event(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        body = await request.json()
        openid, made = self._codes.pop(str(body.get("code")), (None, None))
        if openid is None or made is None or self.clock.now() - made > CODE_HOLDS:
            return error(95023, "code invalid or expired")
        heard = _message(body)
        if heard is None:
            return error(40008, "invalid message type")
        self.phones[openid].heard.append(Heard("event", heard.text, heard.items))
        return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": secrets.token_hex(8)})

    async def _state(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        phone = self.phones[str((await request.json())["external_userid"])]
        found = {"errcode": 0, "errmsg": "ok", "service_state": phone.state}
        return JSONResponse(found | ({"servicer_userid": phone.servicer} if phone.servicer else {}))

    async def _trans(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        body = await request.json()
        phone, state = self.phones[str(body["external_userid"])], int(body["service_state"])
        if state not in MOVES[phone.state]:
            return error(95013, "conversation status not allowed")
        if state == HUMAN and body.get("servicer_userid") not in self.on_duty:
            return error(95014, "servicer is not on duty")
        phone.state, phone.servicer = state, body.get("servicer_userid") if state == HUMAN else None
        found: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
        if state in (QUEUE, HUMAN):
            found["msg_code"] = self.code("moved", phone.openid)
        return JSONResponse(found)

    async def _servicers(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        people = [{"userid": each, "status": 0} for each in self.on_duty]
        return JSONResponse({"errcode": 0, "errmsg": "ok", "servicer_list": people})

    async def _media(self, request: Request) -> Response:
        if (fault := await self.checked(request)) is not None:
            return fault
        data = self.media.get(request.query_params.get("media_id", ""))
        return error(40007, "invalid media_id") if data is None else Response(data, media_type="image/png")


def _message(body: dict[str, Any]) -> Heard | None:
    if body.get("msgtype") == "text" and isinstance((body.get("text") or {}).get("content"), str):
        return Heard("api", body["text"]["content"])
    if body.get("msgtype") == "msgmenu":
        menu = body["msgmenu"]
        items = tuple((str(each["click"]["id"]), str(each["click"]["content"])) for each in menu["list"])
        return Heard("api", menu["head_content"], items)
    return None
