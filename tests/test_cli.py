"""The command line, as a person at a terminal uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.running import CASE_NUMBER, RunningJieda


def run(jieda: RunningJieda, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jieda.cli", *arguments],
        env={**jieda.environment, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def talked(jieda: RunningJieda) -> str:
    """A conversation that opened a case."""
    customer = jieda.customer("en")
    customer.begin_billing_case("en")
    for answer in ("I agree", "Grace Hall", "Example Trading Ltd", "+86 21 6123 4567", "grace.hall@example.com", "yes"):
        customer.say(answer)
    return customer.id


def test_transcript_prints_a_conversation_in_order(jieda: RunningJieda, talked: str) -> None:
    printed = run(jieda, "transcript", talked).stdout
    assert printed.index("customer: I don't understand the charges on my bill") < printed.index("customer: Grace Hall")
    assert "[I agree]" in printed
    assert CASE_NUMBER.search(printed)


def test_transcript_of_no_conversation_is_one_clear_line(jieda: RunningJieda) -> None:
    ended = run(jieda, "transcript", "no-such")
    assert ended.returncode == 1
    assert ended.stderr == "jieda: there is no conversation no-such\n"


def test_cases_masks_personal_data_unless_told(jieda: RunningJieda, talked: str) -> None:
    masked = run(jieda, "cases").stdout
    assert CASE_NUMBER.search(masked)
    assert "grace.hall@example.com" not in masked
    assert "61234567" not in masked
    assert "grace.hall@example.com" in run(jieda, "cases", "--reveal").stdout


def test_doctor_tells_versions_ports_model_policy_and_holidays(jieda: RunningJieda) -> None:
    examined = run(jieda, "doctor")
    assert examined.returncode == 0, examined.stdout
    for told in ("python: 3.10", "rasa: 3.6.21", "something answers", "model: jieda-", "statutory calendar", "sqlite"):
        assert told in examined.stdout


def test_doctor_fails_for_a_year_without_a_holiday_calendar(jieda: RunningJieda) -> None:
    examined = run(jieda, "doctor", JIEDA_POLICY_NOW="2035-01-08T10:00:00+08:00")
    assert examined.returncode == 1
    assert "FAIL holidays" in examined.stdout


def test_logs_hold_no_personal_data(jieda: RunningJieda, talked: str) -> None:
    logs = "\n".join(file.read_text() for file in Path(jieda.home, "log").glob("*.log"))
    assert "case_opened" in logs
    for personal in ("Grace Hall", "grace.hall@example.com", "+862161234567", "6123 4567", "test-token"):
        assert personal not in logs
    assert (jieda.home / "secret").stat().st_mode & 0o077 == 0
