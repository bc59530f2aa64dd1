"""The page of figures: volume, what the bot solved, waiting, first responses, satisfaction, what was misunderstood."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from anyio import to_thread
from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.clock import CHINA, clock
from jieda.gateway.desk import charts
from jieda.gateway.desk.guard import for_agents
from jieda.gateway.desk.rendering import page
from jieda.gateway.services import services
from jieda.policy import Language

SPANS = (7, 30, 90, 365)
"""Days that may be looked at, up to today."""
_SPAN = 30


@for_agents
async def insights_page(request: Request, session: Session) -> Response:
    """`GET /desk/insights?days=7|30|90|365`"""
    wanted = request.query_params.get("days", "")
    span = int(wanted) if wanted in map(str, SPANS) else _SPAN
    now = clock().now()
    today = now.astimezone(CHINA).date()
    over = partial(services(request).insights.over, today - timedelta(days=span - 1), today, now)
    found = await to_thread.run_sync(over)
    language = session.agent.language
    rows = [(_short(each.day, language), each.conversations, each.handed_off) for each in found.days]
    return page(
        request,
        session,
        "desk/insights.html",
        insights=found,
        span=span,
        spans=SPANS,
        plot=charts.columns(rows),
        bar=charts.bar,
        bar_width=charts.BAR_WIDTH,
    )


ROUTES: list[BaseRoute] = [Route("/desk/insights", insights_page, name="desk_insights")]


def _short(day: date, language: Language) -> str:
    return str(format_date(day, "M月d日" if language is Language.ZH else "d MMM", locale=language.value))
