"""Conversations: which owner may follow which, and what the ledger says when it refuses something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jieda.conversations import (
    MOVES,
    ChoiceUnknown,
    ConversationClosed,
    ConversationUnknown,
    LedgerError,
    MoveConflict,
    MoveNotAllowed,
    Owner,
    Turn,
    check_move,
)

ALLOWED = {
    "bot": {"queued", "assigned", "closed"},
    "queued": {"bot", "assigned", "closed"},
    "assigned": {"bot", "queued", "assigned", "closed"},
    "closed": set(),
}


class TestMoves:
    @pytest.mark.parametrize("after", Owner)
    @pytest.mark.parametrize("before", Owner)
    def test_from_each_owner_to_each(self, before: Owner, after: Owner) -> None:
        if after.value in ALLOWED[before.value]:
            check_move(before, after)
        else:
            with pytest.raises(MoveNotAllowed, match=f"{before.value}.*{after.value}"):
                check_move(before, after)

    def test_every_owner_is_in_the_table(self) -> None:
        assert set(MOVES) == set(Owner)

    def test_every_open_conversation_can_be_closed_and_a_closed_one_stays_so(self) -> None:
        assert all(Owner.CLOSED in MOVES[owner] for owner in Owner if owner is not Owner.CLOSED)
        assert not MOVES[Owner.CLOSED]


class TestRefusals:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (ConversationUnknown, "not_found"),
            (MoveConflict, "conflict"),
            (MoveNotAllowed, "not_allowed"),
            (ConversationClosed, "closed"),
            (ChoiceUnknown, "choice_unknown"),
        ],
    )
    def test_each_has_its_code_for_machines(self, error: type[LedgerError], code: str) -> None:
        assert issubclass(error, LedgerError)
        assert error.code == code

    def test_no_two_share_one(self) -> None:
        kinds = LedgerError.__subclasses__()
        assert len({kind.code for kind in kinds}) == len(kinds)


def test_a_turn_is_the_same_whatever_category_the_conversation_got_meanwhile() -> None:
    turn = Turn("c", 1, "text", "c:1", 1)
    assert replace(turn, category="billing") == turn
    assert replace(turn, seq=2) != turn
