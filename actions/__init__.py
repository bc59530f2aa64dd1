"""rasa-sdk actions: thin; they ask `jieda` and choose a response of `domain.yml`."""

from __future__ import annotations

from jieda.logs import configure
from jieda.settings import settings

# rasa-sdk starts this process and imports this package first.
configure(settings().log_level)
