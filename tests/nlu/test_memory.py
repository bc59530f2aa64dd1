"""What a server that only predicts must not load: dictionaries that training alone needs."""

from __future__ import annotations

import subprocess
import sys

from jieda.model import rasa_environment
from jieda.settings import PROJECT

_SERVING = """
import sys
import jieda.nlu.classifier, jieda.nlu.extractor, jieda.nlu.judge, jieda.nlu.tokenizer
from jieda.nlu.features import read
read("wo yao kai fapiao")
print(*sorted(name for name in sys.modules if name in ("pypinyin", "jieda.nlu.noise", "jieda.nlu.writing")))
"""


def test_serving_loads_no_dictionary_of_noise() -> None:
    command = [sys.executable, "-c", _SERVING]
    done = subprocess.run(command, cwd=PROJECT, env=rasa_environment(), capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
