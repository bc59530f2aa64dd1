"""The agent desk: its JSON API, its live streams and its pages, all under `/desk`."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount

from jieda.gateway.desk import (
    audit,
    cases,
    cases_pages,
    conversations,
    doors,
    insights,
    live,
    review,
    session,
    transcripts,
    wechat,
    workspace,
)

API: list[BaseRoute] = [*session.ROUTES, *conversations.ROUTES, *cases.ROUTES, *live.ROUTES]

PAGES: list[BaseRoute] = [
    *doors.ROUTES,
    *workspace.ROUTES,
    *wechat.ROUTES,
    *cases_pages.ROUTES,
    *transcripts.ROUTES,
    *review.ROUTES,
    *insights.ROUTES,
    *audit.ROUTES,
]

ROUTES: list[BaseRoute] = [Mount("/desk/api", routes=API), *PAGES, *doors.LAST]
