"""What is measured, for Prometheus. Labels never bear what a customer wrote."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CONVERSATIONS = Counter("jieda_conversations", "Conversations begun", ["channel"])
MESSAGES = Counter("jieda_messages", "Customer messages accepted, repeats not counted", ["channel"])
TURNS = Counter("jieda_turns", "Turns settled, by how", ["outcome"])
TURN_SECONDS = Histogram(
    "jieda_turn_seconds",
    "Seconds from taking up a turn to its replies standing in the ledger",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)
STREAMS = Gauge("jieda_event_streams", "Event streams open")
