"""Conversations are forgotten once they are older than they may be kept."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest

from jieda.conversations import Channel, Reply
from jieda.gateway.retention import Retention
from jieda.settings import SettingError, Settings
from jieda.store.database import connect
from jieda.store.erasure import Erasure
from jieda.store.transcripts import Transcripts
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import Gateway, eventually, new_id, now, written


def old(gateway: Gateway, days: int) -> str:
    """A conversation in which nothing happened for so many days."""
    at = now() - timedelta(days=days)
    conversation_id = gateway.ledger.begin(Channel.WEB, at)
    gateway.ledger.write_as_system(conversation_id, Reply("秘密"), at)
    return conversation_id


def test_a_gateway_forgets_at_its_start_what_is_too_old(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(retention_days=30)
    gone, stays = old(gateway, 31), old(gateway, 29)
    gateway.start()
    eventually(lambda: written(gateway.ledger, gone) == [""])
    assert written(gateway.ledger, stays) == ["秘密"]


def test_without_the_setting_nothing_is_forgotten(make_gateway: MakeGateway) -> None:
    gateway = make_gateway()
    kept = old(gateway, 10_000)
    gateway.start()
    gateway.begin().say("hello", new_id())
    assert not Transcripts(connect(gateway.settings.database_url)).of(kept).summary.erased


def test_more_than_one_step_holds_are_all_forgotten(make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = make_gateway()
    for _ in range(3):
        old(gateway, 31)
    engine = connect(gateway.settings.database_url)
    erasure = Erasure(engine, engine, gateway.settings.home)
    whole = erasure.older_than
    monkeypatch.setattr(erasure, "older_than", lambda before: whole(before, limit=2))
    assert anyio.run(Retention(erasure, 30).look, now()) == 3


@pytest.mark.parametrize("value", ["-1", "1.5", "ten", "99999"])
def test_an_age_that_is_no_number_of_days_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="JIEDA_RETENTION_DAYS"):
        Settings.from_environment({"JIEDA_RETENTION_DAYS": value})
