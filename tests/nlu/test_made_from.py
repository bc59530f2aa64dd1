"""What a part of the pipeline comes from: a change of it is seen."""

from __future__ import annotations

from pathlib import Path

from jieda.nlu import made_from


def test_a_change_of_content_or_name_makes_another(tmp_path: Path) -> None:
    file = tmp_path / "words.yml"
    file.write_text("renew: [续费]")
    before = made_from.digest([file])
    assert made_from.digest([file]) == before
    file.write_text("renew: [续订]")
    changed = made_from.digest([file])
    assert changed != before
    assert made_from.digest([file.rename(tmp_path / "other.yml")]) not in (before, changed)


def test_code_and_lexicons_have_a_name() -> None:
    assert made_from.code_and_lexicons() == made_from.code_and_lexicons() != ""
