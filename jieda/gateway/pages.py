"""The product-support page, in Chinese and English, and the files it and the widget are made of."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from jieda.clock import clock
from jieda.hours import support_hours
from jieda.policy import Language, policy
from jieda.wording import moment

_HERE = Path(__file__).resolve().parent
_STATIC = _HERE / "static"
_templates = Jinja2Templates(_HERE / "templates")


@functools.cache
def _strings(language: Language) -> dict[str, str]:
    catalogue = yaml.safe_load((_HERE / "templates" / "strings.yml").read_text(encoding="utf-8"))
    return {key: texts[language.value] for key, texts in catalogue.items()}


def _asset(path: str) -> str:
    return f"/static/{path}"


class _Files(StaticFiles):
    """Static files that a browser asks after each time: modules import one another by plain names."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _page(language: Language, request: Request) -> Response:
    now, hours = clock().now(), support_hours()
    context: dict[str, Any] = {
        "lang": language,
        "language": language.value,
        "policy": policy(),
        "t": _strings(language),
        "desk_open": hours.is_open(now),
        "next_opening": moment(hours.next_opening(now), language),
        "asset": _asset,
    }
    return _templates.TemplateResponse(request, "page.html", context)


async def chinese(request: Request) -> Response:
    """`GET /` and `GET /zh`"""
    return _page(Language.ZH, request)


async def english(request: Request) -> Response:
    """`GET /en`"""
    return _page(Language.EN, request)


ROUTES = [
    Route("/", chinese),
    Route("/zh", chinese),
    Route("/en", english),
    Mount("/static", _Files(directory=_STATIC)),
]
