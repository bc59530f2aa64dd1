"""How a page of the desk is made.

A page is a route, a template and words. The route asks who is signed in and calls `page(request, session, "desk/x.html"
, ...)`; the template begins `{% extends "desk/base.html" %}`, sets `page_name`, and fills the blocks `title` and `main`
(`<main class="page">` for a plain page); a part that htmx swaps in is a template without a base, made by `part(...)`.
Words stand in `strings/*.yml`, each key once in all files, in zh and en: `{{ t.key }}`, or `{{ t.key.format(n=3) }}`;
those that scripts use in `strings/scripts.yml`. Every template has `t`, `language`, `session` (None before sign-in),
`now`, `macros.html`'s macros by import, and the filters below. An entry of the navigation shows once a route of its
name exists: `NAVIGATION`.
"""

from __future__ import annotations

import functools
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_datetime
from babel.numbers import format_percent
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import NoMatchFound
from starlette.templating import Jinja2Templates

from jieda.agents import Session
from jieda.clock import CHINA, clock
from jieda.contact import mask_email, mask_name, mask_phone, shown_phone
from jieda.gateway.desk.customer_text import customer_text
from jieda.masking import mask_text
from jieda.policy import Language
from jieda.wording import WordingError, wording

_HERE = Path(__file__).resolve().parent
_LANGUAGE_COOKIE = "jieda_desk_language"
NAVIGATION = (
    # the route's name, the key of its words, whether only supervisors see it
    ("desk_queue", "nav_queue", False),
    ("desk_cases", "nav_cases", False),
    ("desk_transcripts", "nav_transcripts", False),
    ("desk_review", "nav_review", False),
    ("desk_insights", "nav_insights", False),
    ("desk_audit", "nav_audit", True),
)


@functools.cache
def words(language: Language) -> dict[str, str]:
    """The desk's own words in that language."""
    found: dict[str, str] = {}
    for file in sorted((_HERE / "strings").glob("*.yml")):
        for key, texts in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            found[key] = texts[language.value]
    return found


@functools.cache
def script_words(language: Language) -> dict[str, str]:
    """Those of them that scripts use."""
    keys = yaml.safe_load((_HERE / "strings" / "scripts.yml").read_text(encoding="utf-8"))
    return {key: words(language)[key] for key in keys}


def page(
    request: Request,
    session: Session | None,
    template: str,
    status: int = 200,
    /,
    *,
    spoken: Language | None = None,
    **context: Any,
) -> Response:
    """A whole page, in the language of who is signed in, or in another that is asked for."""
    response = _response(request, session, template, status, spoken or language_of(request, session), context)
    response.headers["Cache-Control"] = "no-store"
    return response


def part(request: Request, session: Session, template: str, status: int = 200, /, **context: Any) -> Response:
    """A piece of a page, for htmx."""
    return page(request, session, template, status, **context)


def language_of(request: Request, session: Session | None) -> Language:
    """The interface's language: the agent's; before sign-in the one this browser chose last."""
    if session is not None:
        return session.agent.language
    chosen = request.cookies.get(_LANGUAGE_COOKIE)
    return Language(chosen) if chosen in {each.value for each in Language} else Language.ZH


def keep_language(response: Response, language: Language) -> None:
    """Remembers it in this browser, for the sign-in page."""
    response.set_cookie(_LANGUAGE_COOKIE, language.value, max_age=365 * 86_400, path="/desk", samesite="strict")


def _response(
    request: Request,
    session: Session | None,
    template: str,
    status: int,
    language: Language,
    context: dict[str, Any],
) -> Response:
    whole = {
        "t": words(language),
        "script_words": script_words(language),
        "lang": language,
        "language": language.value,
        "locale": "zh-CN" if language is Language.ZH else "en",
        "other": Language.EN if language is Language.ZH else Language.ZH,
        "session": session,
        "navigation": _navigation(request, session),
        "now": clock().now(),
        **context,
    }
    return _templates.TemplateResponse(request, template, whole, status_code=status)


def _navigation(request: Request, session: Session | None) -> list[tuple[str, str, str]]:
    """The route's name, its path and its words' key, of what this agent may open."""
    found = []
    for name, key, supervisors in NAVIGATION:
        if session is None or (supervisors and not session.agent.is_supervisor):
            continue
        try:
            found.append((name, str(request.app.url_path_for(name)), key))
        except NoMatchFound:
            continue
    return found


# --- filters


def moment(at: datetime | None, language: str) -> str:
    """Date and time in China Standard Time: 2026年11月27日 14:05, 27 Nov 2026, 14:05."""
    if at is None:
        return "–"
    form = "y年M月d日 HH:mm" if language == "zh" else "d MMM y, HH:mm"
    return str(format_datetime(at.astimezone(CHINA), form, locale=language))


def iso(at: datetime | None) -> str:
    """For the attribute datetime and for scripts; in UTC."""
    return "" if at is None else at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def age(at: datetime) -> int:
    """Seconds since then."""
    return max(0, int((datetime.now(timezone.utc) - at).total_seconds()))


def percent(share: float | None, language: str) -> str:
    return "–" if share is None else str(format_percent(share, format="0%", locale=language))


def intent_title(intent: str | None, language: str) -> str:
    """What an intent means, in the words the bot itself uses for it; its name where it has none."""
    if not intent:
        return ""
    try:
        return wording().say(f"utter_wish_{intent}", Language(language))
    except WordingError:
        return intent


_templates = Jinja2Templates(_HERE.parent / "templates")
_templates.env.filters.update(
    moment=moment,
    iso=iso,
    age=age,
    percent=percent,
    intent_title=intent_title,
    customer_text=customer_text,
    masked=mask_text,
    mask_name=mask_name,
    mask_phone=mask_phone,
    mask_email=mask_email,
    shown_phone=shown_phone,
)
