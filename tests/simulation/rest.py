"""A customer at Rasa's REST webhook of the running system: the whole dialogue, without the gateway's waiting."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.system.running import RunningJieda


@dataclass
class RestCustomer:
    """One conversation. Buttons are known by what they send, as the gateway keeps it behind its ids."""

    jieda: RunningJieda
    http: httpx.Client
    language: str
    id: str = field(default_factory=lambda: f"sim-{uuid.uuid4().hex}")
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Writes, and returns what the bot answers."""
        answer = self.http.post(
            f"{self.jieda.rasa_url}/webhooks/rest/webhook",
            json={
                "sender": self.id,
                "message": text,
                "metadata": {"language": self.language, "message_id": uuid.uuid4().hex},
            },
        )
        assert answer.status_code == 200, answer.text
        self.heard = [
            {
                "text": each.get("text", ""),
                "choices": [{"id": button["payload"], "title": button["title"]} for button in each.get("buttons", ())],
            }
            for each in answer.json()
        ]
        assert self.heard, f"no answer to {text[:80]}: {self.jieda.logs()}"
        return "\n".join(event["text"] for event in self.heard)

    def press(self, title: str) -> str:
        """Presses a button of the latest replies."""
        return self.press_again({each["title"]: each["id"] for event in self.heard for each in event["choices"]}[title])

    def press_again(self, identity: str) -> str:
        """Presses a button by what it sends, of whatever reply."""
        return self.say(identity)
