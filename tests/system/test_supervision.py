"""Starting, stopping, dying: what `make run` promises."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.system.running import CASE_NUMBER, RunningJieda, free_port


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("JIEDA_POLICY_NOW", "tomorrow", "JIEDA_POLICY_NOW"),
        ("JIEDA_PORT", "0x50", "JIEDA_PORT"),
        ("JIEDA_LOG_LEVEL", "loud", "JIEDA_LOG_LEVEL"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_clear_line(tmp_path: Path, setting: str, value: str, told: str) -> None:
    running = RunningJieda.start(tmp_path, **{setting: value})
    assert running.process.wait(60) == 1
    printed = running.output().strip()
    assert printed.startswith("jieda: ")
    assert told in printed
    assert "\n" not in printed


def test_a_port_in_use_is_one_clear_line(jieda: RunningJieda, tmp_path: Path) -> None:
    second = RunningJieda.start(tmp_path, {**jieda.ports, "rasa": free_port(), "actions": free_port()})
    assert second.process.wait(60) == 1
    printed = second.output().strip()
    assert printed == (
        f"jieda: port {jieda.ports['gateway']} is in use; stop what uses it, or choose another with JIEDA_PORT"
    )


def test_it_announces_itself_outlives_kills_and_stops_when_asked(tmp_path: Path) -> None:
    """One after the other on one home: a child is killed, all end; what was accepted is answered at the next start."""
    running = RunningJieda.start(tmp_path)
    running.wait_ready()
    customer = running.customer("en")
    customer.begin_billing_case("en")
    for answer in ("I agree", "Grace Hall", "Example Trading Ltd", "+86 21 6123 4567", "grace.hall@example.com"):
        customer.say(answer)
    # Frozen actions hold the turn up, so that it is accepted and unanswered when Rasa dies.
    os.kill(running.pid_of("actions"), signal.SIGSTOP)
    accepted = customer.post(message_id="the-yes", text="yes")
    assert accepted.status_code == 202
    rasa = running.pid_of("rasa")
    gateway = running.pid_of("gateway")
    os.kill(gateway, signal.SIGKILL)
    os.kill(rasa, signal.SIGKILL)
    assert running.process.wait(30) == 1
    printed = running.output()
    assert f"Jieda is ready at http://localhost:{running.ports['gateway']}" in printed
    assert "ended with exit code" in printed.strip().splitlines()[-1]

    again = RunningJieda.start(tmp_path, running.ports)
    try:
        again.wait_ready()
        customer.jieda = again
        assert customer.post(message_id="the-yes", text="yes").json() == accepted.json()
        end = time.monotonic() + 60
        said = ""
        while not CASE_NUMBER.search(said) and time.monotonic() < end:
            events = customer.events(accepted.json()["seq"], wait=2)
            said = "\n".join(event["text"] for event in events if event["author"] == "bot")
        assert len(set(CASE_NUMBER.findall(said))) == 1, said or again.logs()
    finally:
        assert again.stop() == 0
    assert "Jieda has stopped." in again.output()
