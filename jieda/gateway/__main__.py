"""`python -m jieda.gateway`: serves the gateway on its port until stopped."""

from __future__ import annotations

import gc

import uvicorn

from jieda import search_words
from jieda.gateway.app import create_app
from jieda.logs import configure
from jieda.settings import settings

KEEP_ALIVE_SECONDS = 75
"""Longer than the proxies before it keep a connection (nginx: 60): one that sends on a closed connection tells 502."""


def main() -> None:
    configure(settings().log_level)
    # What is there at start stays: looking through the dictionaries for garbage halts everybody for 0.2 s.
    search_words.warm_up()
    gc.collect()
    gc.freeze()
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
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
