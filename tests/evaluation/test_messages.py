"""Reading, sampling and writing labelled messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation import messages
from evaluation.messages import HELDOUT, MessagesInvalid

FILE = """version: "3.1"

nlu:
  - intent: case_open
    examples: |
      - open a case for [CRM](affected_app)
      - a new ticket: "it's down" # really
      - please log this
  - intent: case_close
    examples: |
      - close it
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "all" / "en").mkdir(parents=True)
    (tmp_path / "all" / "en" / "case.yml").write_text(FILE)
    return tmp_path / "all"


def test_a_spoilt_file_is_told_with_its_line(folder: Path) -> None:
    (folder / "en" / "case.yml").write_text(FILE.replace("      - close it", "      - [close it(case_number)"))
    with pytest.raises(MessagesInvalid, match=r"case\.yml:11: "):
        messages.load(folder)


class TestSample:
    def test_at_most_so_many_of_each_intent(self, folder: Path) -> None:
        chosen = messages.sample(messages.load(folder), 2)
        assert sorted(each.intent for each in chosen) == ["case_close", "case_open", "case_open"]

    def test_always_the_same(self, folder: Path) -> None:
        every = messages.load(folder)
        assert messages.sample(every, 1) == messages.sample(every, 1)

    def test_written_and_read_again_it_is_the_same(self, folder: Path, tmp_path: Path) -> None:
        every = messages.load(folder)
        messages.write(every, tmp_path / "copy")
        again = messages.load(tmp_path / "copy")
        assert [(each.text, each.intent, each.entities) for each in again] == [
            (each.text, each.intent, each.entities) for each in every
        ]


class TestShare:
    @pytest.mark.parametrize(("part", "opened"), [(1, 3), (0.5, 2), (0.01, 1)])
    def test_that_part_of_each_intent_and_one_at_least(self, folder: Path, part: float, opened: int) -> None:
        found = [each.intent for each in messages.share(messages.load(folder), part)]
        assert sorted(found) == ["case_close", *["case_open"] * opened]

    def test_always_the_same(self, folder: Path) -> None:
        every = messages.load(folder)
        assert messages.share(every, 0.5) == messages.share(every, 0.5)


class TestDigest:
    def test_it_changes_with_any_message(self, folder: Path) -> None:
        before = messages.digest(folder)
        assert messages.digest(folder) == before
        (folder / "en" / "case.yml").write_text(FILE.replace("close it", "close this"))
        assert messages.digest(folder) != before

    def test_it_does_not_depend_on_where_the_folder_is(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "moved").mkdir()
        before = messages.digest(folder)
        assert messages.digest(folder.rename(tmp_path / "moved" / "all")) == before


def test_held_out_messages_can_be_read() -> None:
    found = messages.load(HELDOUT)
    assert {each.language for each in found} == {"zh", "en", "mixed"}
