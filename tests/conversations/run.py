"""`rasa test core --e2e` on the conversations here, understanding and dialogue together.

Rasa compares all entities of a message with those annotated, and its format cannot annotate one inside another; here
every message bears its `language` over its whole length. So only the annotated ones are compared: each must be found.

    python -m tests.conversations.run [options of rasa test core]
"""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ.update(RASA_TELEMETRY_ENABLED="false", TF_CPP_MIN_LOG_LEVEL="3", SQLALCHEMY_SILENCE_UBER_WARNING="1")

from rasa.__main__ import main
from rasa.core import test

from jieda.model import present_model
from jieda.settings import settings

_compare = test._collect_user_uttered_predictions


def _compare_annotated(event: Any, predicted: dict[str, Any], *rest: Any) -> Any:
    def key(entity: dict[str, Any]) -> tuple[Any, ...]:
        return entity["entity"], str(entity["value"]), entity.get("start"), entity.get("end")

    annotated = {key(entity) for entity in event.entities}
    found = [entity for entity in predicted.get("entities") or () if key(entity) in annotated]
    return _compare(event, {**predicted, "entities": found}, *rest)


if __name__ == "__main__":
    test._collect_user_uttered_predictions = _compare_annotated
    defaults = ["--e2e", "--fail-on-prediction-errors", "--no-plot", "--stories", "tests/conversations"]
    defaults += ["--model", str(present_model()), "--out", str(settings().home / "conversations")]
    sys.argv = ["rasa", "test", "core", *defaults, *sys.argv[1:]]
    main()
