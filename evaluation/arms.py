"""The pipelines that are compared: configurations of Rasa in `evaluation/configs/`, and the project's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jieda.settings import PROJECT, settings

CONFIGS = PROJECT / "evaluation" / "configs"
DEFAULT = "default"
REFERENCE = "default-on-share"
"""The default trained on the share of the messages that the other arms have, to compare them with."""
STOCK = "stock-"
"""Arms whose names begin so have parts of Rasa alone; they are the ones to be beaten."""

_EMBEDDINGS = "SentenceEmbeddingFeaturizer"


class ArmUnknown(ValueError):
    """There is no configuration of that name. `str()` lists those there are."""

    code = "arm_unknown"


@dataclass(frozen=True)
class Arm:
    name: str
    config: Path

    @property
    def is_stock(self) -> bool:
        return self.name.startswith(STOCK)

    @property
    def can_run(self) -> bool:
        """Whether what it needs is there: a model of sentence embeddings comes from the operator alone."""
        return settings().embeddings is not None or _EMBEDDINGS not in self.config.read_text(encoding="utf-8")


def known() -> dict[str, Arm]:
    """All arms, the default (`config.yml` of the project) first."""
    found = {DEFAULT: Arm(DEFAULT, PROJECT / "config.yml")}
    found.update({file.stem: Arm(file.stem, file) for file in sorted(CONFIGS.glob("*.yml"))})
    return found


def select(wanted: str) -> list[Arm]:
    """Arms by name with commas between, or "stock" for the default and the stock ones, or "all" that can run here.

    The default always comes along. Raises ArmUnknown.
    """
    every = known()
    if wanted == "all":
        return [arm for arm in every.values() if arm.can_run]
    if wanted == "stock":
        return [arm for arm in every.values() if arm.name == DEFAULT or arm.is_stock]
    names = [DEFAULT, *(name.strip() for name in wanted.split(",") if name.strip())]
    if unknown := [name for name in names if name not in every]:
        raise ArmUnknown(f"no arm {', '.join(unknown)}; there are stock, all, {', '.join(every)}")
    return [every[name] for name in dict.fromkeys(names)]
