"""`python -m jieda.gateway`: serves the gateway on its port until stopped."""

from __future__ import annotations

import uvicorn

from jieda.gateway.app import create_app
from jieda.logs import configure
from jieda.settings import settings


def main() -> None:
    configure(settings().log_level)
    uvicorn.run(
        create_app(settings()),
        host=settings().host,
        port=settings().port,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings().trusted_proxies,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
