"""Forgetting customers and exporting reviews, as a person at a terminal does."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from jieda.conversations import Channel
from jieda.reviews import Verdict
from jieda.store.audit import AuditLog
from jieda.store.database import connect, migrate
from jieda.store.ledger import Ledger
from jieda.store.reviews import ReviewBook, Worklist

NOW = datetime.now(timezone.utc)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    migrate(f"sqlite:///{tmp_path / 'jieda.db'}")
    return tmp_path


@pytest.fixture
def ledger(home: Path) -> Ledger:
    return Ledger(connect(f"sqlite:///{home / 'jieda.db'}"))


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "-m", "jieda.cli", *arguments],
        env={**environment, "JIEDA_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def said(ledger: Ledger, text: str, days_ago: int = 0) -> str:
    at = NOW - timedelta(days=days_ago)
    conversation_id = ledger.begin(Channel.WEB, at)
    ledger.accept(conversation_id, "m", at, text=text)
    return conversation_id


def text_of(ledger: Ledger, conversation_id: str) -> str:
    return str(getattr(ledger.events(conversation_id)[0], "text", None))


def test_erase_lists_first_and_erases_when_told(home: Path, ledger: Ledger) -> None:
    wanted, other = said(ledger, "打 138-0013-8000"), said(ledger, "打 13900139000")
    listed = run(home, "erase", "--phone", "13800138000")
    assert listed.stdout.splitlines() == [wanted, "1 conversations; --yes erases them"]
    assert text_of(ledger, wanted) == "打 138-0013-8000"
    assert run(home, "erase", "--phone", "13800138000", "--yes").stdout == (
        "1 conversations erased, 0 had been before.\n"
    )
    assert text_of(ledger, wanted) == ""
    assert text_of(ledger, other) == "打 13900139000"
    entries = AuditLog(connect(f"sqlite:///{home / 'jieda.db'}")).entries()
    assert [(each.actor, each.action, each.subject) for each in entries] == [
        ("command line", "conversation_erased", wanted)
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("erase", "--phone", "12"), "not a telephone number"),
        (("erase", "--conversation", "none"), "there is no conversation none"),
        (("erase",), "give one of"),
        (("retain",), "JIEDA_RETENTION_DAYS"),
    ],
)
def test_what_cannot_be_done_is_told(home: Path, arguments: tuple[str, ...], told: str) -> None:
    ended = run(home, *arguments)
    assert ended.returncode != 0
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_retain_counts_first_and_erases_when_told(home: Path, ledger: Ledger) -> None:
    old, new = said(ledger, "旧", days_ago=40), said(ledger, "新", days_ago=2)
    assert run(home, "retain", "--days", "30").stdout.startswith("1 conversations")
    run(home, "retain", "--days", "30", "--yes")
    assert (text_of(ledger, old), text_of(ledger, new)) == ("", "新")


def test_review_export_writes_a_diff_and_empties_the_worklist(home: Path, ledger: Ledger) -> None:
    conversation_id = said(ledger, "明年度咱们那几十个席位想接着付钱用，走哪道手续呀，电话 13912345678")
    book = ReviewBook(connect(f"sqlite:///{home / 'jieda.db'}"))
    book.say(conversation_id, 1, Verdict.CORRECTED, "王芳", at=NOW, intent="billing_renew")
    ended = run(home, "review", "export", "--out", str(home / "review.diff"))
    assert ended.returncode == 0, ended.stderr
    diff = (home / "review.diff").read_text(encoding="utf-8")
    assert "+++ b/data/nlu/zh/billing.yml" in diff
    assert "+      - 明年度咱们那几十个席位想接着付钱用，走哪道手续呀，电话 [13800138000](contact_phone)" in diff
    assert book.listed(Worklist.READY)[0] == []
    assert len(book.listed(Worklist.EXPORTED)[0]) == 1
