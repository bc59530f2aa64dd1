"""The agent desk: its JSON API, its live streams and its pages, all under `/desk`."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount

from jieda.gateway.desk import cases_pages, doors, session, workspace

API: list[BaseRoute] = [*session.ROUTES]

PAGES: list[BaseRoute] = [*doors.ROUTES, *workspace.ROUTES, *cases_pages.ROUTES]

ROUTES: list[BaseRoute] = [Mount("/desk/api", routes=API), *PAGES, *doors.LAST]
