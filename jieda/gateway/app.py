"""The gateway put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from jieda.gateway import chat, desk, health, pages
from jieda.gateway.errors import HANDLERS, Unforeseen
from jieda.gateway.security import SecurityHeaders
from jieda.gateway.services import Services
from jieda.gateway.wechat import callbacks
from jieda.settings import Settings


def create_app(settings: Settings) -> Starlette:
    """The ASGI application. The database is migrated already."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.services = Services.from_settings(settings)
        await app.state.services.start()
        try:
            yield
        finally:
            await app.state.services.stop()

    return Starlette(
        routes=[
            *health.ROUTES,
            Mount("/api", routes=chat.ROUTES),
            *callbacks.ROUTES,
            *desk.ROUTES,
            *pages.ROUTES,
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
                expose_headers=["Retry-After"],
            ),
            # Leaves event streams alone.
            Middleware(GZipMiddleware, minimum_size=1024),
            Middleware(Unforeseen),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
