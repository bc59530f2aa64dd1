"""The noise that customers' messages carry, as pure functions."""

from jieda.nlu.noise.perturbations import PERTURBATIONS, Perturbation, perturbed

__all__ = ["PERTURBATIONS", "Perturbation", "perturbed"]
