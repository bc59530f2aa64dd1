"""What a model is made from is checked first, and named."""

from __future__ import annotations

import fcntl
import shutil
import threading
from pathlib import Path

import pytest

from jieda import model
from jieda.model import MessagesWrong, check_messages, fingerprint
from jieda.settings import PROJECT

ANSWERS = """version: "3.1"

nlu:
  - intent: answer_no
    examples: |
      - no way
      {line}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of its own, to be broken."""
    shutil.copy(PROJECT / "domain.yml", tmp_path)
    shutil.copytree(PROJECT / "data" / "rules", tmp_path / "data" / "rules")
    (tmp_path / "data" / "nlu" / "en").mkdir(parents=True)
    monkeypatch.setattr(model, "PROJECT", tmp_path)
    return tmp_path


class TestCheckMessages:
    def test_those_of_the_project_are_in_order(self) -> None:
        check_messages()

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("- my number is [one two](contact_phone)", "cannot be read as contact_phone"),
            ("- not in [CRM](product)", "has no entity product"),
            ("- no, 不是", "move it to mixed"),
            ("- No way!", "The same as"),
        ],
    )
    def test_what_is_wrong_is_told_with_file_and_line(self, project: Path, line: str, told: str) -> None:
        (project / "data" / "nlu" / "en" / "answer.yml").write_text(ANSWERS.format(line=line), encoding="utf-8")
        with pytest.raises(MessagesWrong) as raised:
            check_messages()
        assert any("answer.yml:7: " in each and told in each for each in str(raised.value).splitlines())

    def test_of_many_the_first_are_told_and_how_many_more(self, project: Path) -> None:
        with pytest.raises(MessagesWrong, match=r"… and \d+ more"):
            check_messages()


class TestFingerprint:
    def test_it_changes_with_what_a_model_is_made_from(self, project: Path) -> None:
        before = fingerprint()
        (project / "data" / "thresholds.yml").write_text("out_of_scope: 0.5", encoding="utf-8")
        assert fingerprint() != before

    def test_it_does_not_with_what_it_is_measured_by(self, project: Path) -> None:
        before = fingerprint()
        (project / "evaluation").mkdir()
        (project / "evaluation" / "messages.yml").write_text("x", encoding="utf-8")
        assert fingerprint() == before


class TestTrain:
    def test_a_model_that_another_process_is_making_is_waited_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(model, "MODELS", tmp_path)
        asked = threading.Event()
        monkeypatch.setattr(model, "check_messages", asked.set)
        made: list[Path] = []
        waiting = threading.Thread(target=lambda: made.append(model.train(tmp_path / "train.log")))
        with (tmp_path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting.start()
            assert asked.wait(30)
            model.present_model().touch()
        waiting.join(30)
        assert made == [model.present_model()]
        assert not (tmp_path / "train.log").exists(), "it was trained a second time"
