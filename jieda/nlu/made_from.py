"""What the parts of the pipeline come from besides messages and configuration, so that Rasa's cache knows a new one.

Rasa keeps what a part learnt for as long as the source of its class, its configuration and its messages are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_PROJECT = _HERE.parent.parent


def code_and_lexicons() -> str:
    """Names the content of the code in this package and of the lexicons."""
    lexicons = (file for file in (_PROJECT / "data" / "nlu" / "lexicon").rglob("*") if file.is_file())
    return digest([*_HERE.rglob("*.py"), *lexicons, _PROJECT / "jieda" / "contact.py"])


def digest(files: Iterable[Path]) -> str:
    """Names the content of files."""
    summed = hashlib.sha256()
    for file in sorted(files):
        summed.update(f"{file.name}\0".encode())
        summed.update(file.read_bytes())
    return summed.hexdigest()[:12]
