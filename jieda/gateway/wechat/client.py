"""What is asked of WeChat for each kind of account."""

from __future__ import annotations

import json
from typing import Any

from jieda.gateway.wechat.api import Api, WeChatError
from jieda.wechat_settings import KfAccount, OfficialAccount

SERVICE_ENDED, SERVICE_BOT, SERVICE_QUEUE, SERVICE_HUMAN = 4, 1, 2, 3
"""States of a customer-service session (kf: service_state)."""


class OfficialClient(Api):
    """An official account's API. Its methods raise WeChatError."""

    account: OfficialAccount

    async def send(self, openid: str, message: dict[str, Any], msgid: str | None = None) -> None:
        """A customer-service message."""
        await self.post("/cgi-bin/message/custom/send", {"touser": openid, **message})

    async def typing(self, openid: str, on: bool) -> None:
        """Shows that an answer is being written, for 15 s."""
        body = {"touser": openid, "command": "Typing" if on else "CancelTyping"}
        await self.post("/cgi-bin/message/custom/typing", body)

    async def online_agents(self) -> list[str]:
        """The accounts of WeChat's own customer service that are on line and take customers."""
        found = await self.get("/cgi-bin/customservice/getonlinekflist")
        online = [each for each in found.get("kf_online_list") or () if isinstance(each, dict) and each.get("status")]
        return [str(each["kf_account"]) for each in online if each.get("kf_account")]

    async def quota(self) -> dict[str, Any]:
        """How many messages the account may send in a day and has sent."""
        found = await self.post("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/message/custom/send"})
        return dict(found.get("quota") or {})

    async def _ask_for_token(self, forced: bool) -> tuple[str, dict[str, Any]]:
        path = "/cgi-bin/stable_token"
        body = {
            "grant_type": "client_credential",
            "appid": self.account.appid,
            "secret": self.account.secret,
            "force_refresh": forced,
        }
        return path, await self._send("POST", path, None, json.dumps(body).encode())


class KfClient(Api):
    """The API of WeChat Customer Service. Its methods raise WeChatError."""

    account: KfAccount

    async def sync(self, cursor: str, token: str | None, limit: int) -> dict[str, Any]:
        """The messages after a cursor."""
        body: dict[str, Any] = {"cursor": cursor, "limit": limit, "open_kfid": self.account.open_kfid}
        return await self.post("/cgi-bin/kf/sync_msg", {**body, **({"token": token} if token else {})})

    async def send(self, openid: str, message: dict[str, Any], msgid: str | None = None) -> None:
        """A message; the same msgid again is not delivered twice."""
        body = {"touser": openid, "open_kfid": self.account.open_kfid, **({"msgid": msgid} if msgid else {})}
        await self.post("/cgi-bin/kf/send_msg", {**body, **message})

    async def send_on_event(self, code: str, message: dict[str, Any], msgid: str | None = None) -> None:
        """The one message that an event's code allows, within 20 s."""
        body = {"code": code, **({"msgid": msgid} if msgid else {}), **message}
        await self.post("/cgi-bin/kf/send_msg_on_event", body)

    async def state(self, openid: str) -> int:
        """The state of the customer's session."""
        body = {"open_kfid": self.account.open_kfid, "external_userid": openid}
        return int((await self.post("/cgi-bin/kf/service_state/get", body)).get("service_state") or 0)

    async def move(self, openid: str, state: int, servicer: str | None = None) -> str | None:
        """Moves the session; returns the code for a message about it, where there is one."""
        body: dict[str, Any] = {
            "open_kfid": self.account.open_kfid,
            "external_userid": openid,
            "service_state": state,
        }
        if servicer is not None:
            body["servicer_userid"] = servicer
        code = (await self.post("/cgi-bin/kf/service_state/trans", body)).get("msg_code")
        return str(code) if code else None

    async def servicers(self) -> list[str]:
        """The people on duty for this account."""
        try:
            found = await self.get("/cgi-bin/kf/servicer/list", open_kfid=self.account.open_kfid)
        except WeChatError as error:
            if error.errcode is None:
                raise
            return []
        people = [each for each in found.get("servicer_list") or () if isinstance(each, dict)]
        return [str(each["userid"]) for each in people if each.get("status") == 0 and each.get("userid")]

    async def _ask_for_token(self, forced: bool) -> tuple[str, dict[str, Any]]:
        path = "/cgi-bin/gettoken"
        query = {"corpid": self.account.corp_id, "corpsecret": self.account.secret}
        return path, await self._send("GET", path, None, None, **query)
