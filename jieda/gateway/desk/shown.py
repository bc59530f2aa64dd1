"""What the three panes show, taken together from the store; personal data masked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from jieda.agents import Agent
from jieda.brief import PERSONAL, Brief, summary
from jieda.cases import Case
from jieda.clock import clock
from jieda.contact import mask_email, mask_name, mask_phone
from jieda.conversations import Conversation, Owner
from jieda.gateway.desk.rendering import words
from jieda.gateway.desk.wechat import OnWeChat, on_wechat
from jieda.gateway.services import Services
from jieda.hours import support_hours
from jieda.masking import mask_text
from jieda.policy import Language
from jieda.sla import WARNING_SHARE, ClockState, FirstResponse, first_response
from jieda.store.queue import SNIPPET, Listed, View

CONTACT = ("contact_name", "company", "contact_phone", "contact_email")
_MASKS = {"contact_name": mask_name, "contact_phone": mask_phone, "contact_email": mask_email}


@dataclass(frozen=True)
class Row:
    """A conversation in the queue."""

    id: str
    title: str
    owner: str
    channel: str
    language: str | None
    agent: str | None
    category: str | None
    severity: str | None
    waiting_since: datetime | None
    at_front: bool
    snippet: str
    answer_awaited: bool
    clock: FirstResponse | None


@dataclass(frozen=True)
class ShownCase:
    """A case with its clock."""

    case: Case
    clock: FirstResponse


@dataclass(frozen=True)
class Opened:
    """A conversation that is open in the middle pane; `contact` is masked."""

    conversation: Conversation
    title: str
    created_at: datetime
    page: str | None
    satisfaction: int | None
    satisfaction_word: str | None
    brief: Brief | None
    summary: str
    failed: list[str]
    contact: dict[str, str]
    cases: list[ShownCase]
    wechat: OnWeChat | None = None
    labels: list[str] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)


def queue_context(at_work: Services, agent: Agent, view: View, query: str, after: str | None = None) -> dict[str, Any]:
    """What `queue_tabs.html` and `queue_list.html` show. Raises CursorInvalid."""
    page = at_work.queue.listed(view, agent.name, words=query, after=after)
    counts = at_work.queue.counts(agent.name)
    return {
        "view": view.value,
        "q": query,
        "rows": [_row(each, agent.language) for each in page.listed],
        "next": page.after,
        "counts": {"waiting": counts.waiting, "mine": counts.mine},
    }


def opened(at_work: Services, conversation_id: str, language: Language) -> Opened:
    """Raises ConversationUnknown."""
    dossier = at_work.dossiers.of(conversation_id)
    now = clock().now()
    cases = at_work.cases.at_hand(conversation_id, ())
    contact = contact_of(dossier.brief, cases)
    masked = {name: masked_value(name, value) for name, value in contact.items()}
    return Opened(
        conversation=dossier.conversation,
        title=_title(masked, conversation_id, language),
        created_at=dossier.created_at,
        page=dossier.page,
        satisfaction=dossier.satisfaction,
        satisfaction_word=dossier.satisfaction_word,
        brief=dossier.brief,
        summary=summary(dossier.brief, language) if dossier.brief else "",
        failed=[words(language).get(f"detail_{slot}", slot) for slot in dossier.brief.failed] if dossier.brief else [],
        contact=masked,
        cases=[ShownCase(each, first_response(each, now, support_hours())) for each in cases],
        wechat=on_wechat(at_work, conversation_id),
        labels=at_work.notes.labels(conversation_id),
        notes=at_work.notes.notes(conversation_id),
    )


def contact_of(brief: Brief | None, cases: list[Case]) -> dict[str, str]:
    """Who the customer is and how to reach them, in full: from the latest case, else from what the bot was told."""
    if cases:
        request = cases[0].request
        found = {name: getattr(request, name) for name in CONTACT}
    else:
        found = {name: brief.details.get(name) for name in CONTACT} if brief else {}
    return {name: value for name, value in found.items() if value}


def masked_value(name: str, value: str) -> str:
    return _MASKS[name](value) if name in PERSONAL else value


def _title(contact: dict[str, str], conversation_id: str, language: Language) -> str:
    known = [contact[name] for name in ("contact_name", "company") if name in contact]
    return " · ".join(known) or words(language)["visitor"].format(short=conversation_id[:4])


def _row(listed: Listed, language: Language) -> Row:
    conversation = listed.conversation
    waits = conversation.owner is Owner.QUEUED and listed.due_at is not None
    return Row(
        id=conversation.id,
        title=words(language)["visitor"].format(short=conversation.id[:4]),
        owner=conversation.owner.value,
        channel=conversation.channel.value,
        language=conversation.language and conversation.language.value,
        agent=conversation.agent,
        category=conversation.category,
        severity=conversation.severity,
        waiting_since=conversation.waiting_since,
        at_front=listed.at_front,
        snippet=mask_text(listed.snippet, listed.names)[:SNIPPET],
        answer_awaited=conversation.owner is Owner.ASSIGNED and listed.customer_last,
        clock=_clock(listed.due_at, conversation.waiting_since) if waits and listed.due_at else None,
    )


def _clock(due_at: datetime, since: datetime | None) -> FirstResponse:
    """The clock of a customer who waits: what the policy promises from the moment they asked for a person."""
    now = datetime.now(timezone.utc)
    whole = max(due_at - (since or now), timedelta(seconds=1))
    share = (now - (since or now)) / whole
    late = now > due_at
    state = ClockState.BREACHED if late else ClockState.WARNING if share >= WARNING_SHARE else ClockState.RUNNING
    return FirstResponse(due_at, state, share, due_at - now)
