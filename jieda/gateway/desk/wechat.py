"""What the desk shows of a conversation on WeChat: how long and how often may be replied, what waits, what failed, and
the pictures that came with it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.gateway.desk import access
from jieda.gateway.desk.guard import for_agents, trouble
from jieda.gateway.events import iso
from jieda.gateway.services import Services, services
from jieda.gateway.wechat.pictures import attachment_response
from jieda.store.attachments import Attachment
from jieda.store.wechat_standing import Standing

_ID_MAX = 64


@dataclass(frozen=True)
class OnWeChat:
    """A conversation's side on WeChat. `name` is the account's."""

    standing: Standing
    pictures: tuple[Attachment, ...]

    @property
    def name(self) -> str:
        return self.standing.account.partition(":")[2]

    def to_json(self) -> dict[str, Any]:
        standing = self.standing
        return {
            "account": standing.account,
            "window_ends_at": standing.window_ends_at and iso(standing.window_ends_at),
            "left": standing.left,
            "warning": standing.warning and standing.warning.value,
            "parked": list(standing.waiting),
            "parked_reason": standing.parked_reason,
            "failed": [{"seq": each.seq, "code": each.code} for each in standing.failed],
            "native": standing.native,
            "pictures": [{"id": each.id, "seq": each.seq, "state": each.state.value} for each in self.pictures],
        }


def on_wechat(at_work: Services, conversation_id: str) -> OnWeChat | None:
    """How it stands now; None for a conversation elsewhere."""
    wechat = at_work.wechat
    standing = wechat.standings.of(conversation_id, wechat.now())
    return None if standing is None else OnWeChat(standing, tuple(wechat.attachments.of(conversation_id)))


@for_agents
async def attachment(request: Request, session: Session) -> Response:
    """`GET /desk/attachments/{id}`: a picture that a customer sent; that it was opened is audited."""
    book, wanted = services(request).wechat.attachments, str(request.path_params["id"])[:_ID_MAX]
    # No id holds what PostgreSQL cannot keep.
    found = None if "\0" in wanted else await to_thread.run_sync(book.find, wanted)
    if found is None:
        await access.audit(request, session, "attachment_unknown")
        return trouble(request, session, HTTPStatus.NOT_FOUND)
    response = await to_thread.run_sync(attachment_response, book, wanted)
    if response.status_code != HTTPStatus.OK:
        return trouble(request, session, HTTPStatus.NOT_FOUND)
    await access.audit(request, session, "attachment_opened", found.conversation_id, wanted)
    return response


ROUTES: list[BaseRoute] = [Route("/desk/attachments/{id}", attachment, methods=["GET"])]
