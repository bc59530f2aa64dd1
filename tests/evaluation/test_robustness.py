"""Noise on held-out messages, with kinds of noise made for the purpose."""

from __future__ import annotations

import random

from evaluation.messages import parse
from evaluation.predictions import Prediction
from evaluation.robustness import Disturbed, Robustness, disturb, robustness
from jieda.nlu.noise import Perturbation
from jieda.policy import Language

DROP = Perturbation("drop", frozenset({Language.EN}), lambda text, rng: text.replace("e", ""))
DICE = Perturbation("dice", frozenset({Language.ZH, Language.EN}), lambda text, rng: text + str(rng.random()))
NOTHING = Perturbation("nothing", frozenset({Language.EN}), lambda text, rng: " ")

RENEW = parse("en", "billing_renew", "renew")
CANCEL = parse("en", "billing_cancel", "cancel it")
STOP = parse("en", "billing_cancel", "stop it")
CHINESE = parse("zh", "billing_renew", "续费 renew")
MIXED = parse("mixed", "billing_renew", "要 renew 吗")
WEATHER = parse("en", "out_of_scope", "weather")
MESSAGES = (RENEW, CANCEL, STOP, CHINESE, MIXED, WEATHER)


def test_only_in_scope_messages_of_its_languages_that_it_changes_and_mixed_ones_always() -> None:
    assert disturb(MESSAGES, DROP) == (
        Disturbed(RENEW, "rnw"),
        Disturbed(CANCEL, "cancl it"),
        Disturbed(MIXED, "要 rnw 吗"),
    )


def test_a_text_of_which_nothing_is_left_is_no_message() -> None:
    assert disturb(MESSAGES, NOTHING) == ()


def test_what_becomes_of_a_message_does_not_hang_on_the_others() -> None:
    assert disturb(MESSAGES, DICE)[-1] == disturb([MIXED], DICE)[0]


def test_another_seed_is_another_noise_and_the_annotations_are_not_noise() -> None:
    assert disturb(MESSAGES, DICE) == disturb(MESSAGES, DICE) != disturb(MESSAGES, DICE, seed=12)
    assert random.Random(1).random() == random.Random(1).random()


def test_accuracy_and_flips() -> None:
    def taken_for(intent: str) -> Prediction:
        return Prediction(intent, ((intent, 0.9),), 0.9, 0.9)

    predictions = {
        "renew": taken_for("billing_renew"),
        "rnw": taken_for("technical_problem"),
        "cancel it": taken_for("billing_renew"),
        "cancl it": taken_for("billing_cancel"),
        "stop it": taken_for("technical_problem"),
        "续费 renew": taken_for("billing_renew"),
        "要 renew 吗": taken_for("billing_renew"),
        "要 rnw 吗": taken_for("billing_renew"),
    }
    english, mixed = robustness("drop", MESSAGES, disturb(MESSAGES, DROP), predictions)
    assert english == Robustness(
        perturbation="drop",
        language="en",
        messages=2,
        clean_group=1.0,
        group=0.5,
        clean_intent=0.5,
        intent=0.5,
        group_of_all=1 / 3,
        flipped_group=0.5,
        flipped_intent=1.0,
    )
    assert (mixed.language, mixed.group, mixed.flipped_intent) == ("mixed", 1.0, 0.0)
