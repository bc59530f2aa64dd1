"""The tokenizer of the pipeline: one for both languages and for sentences in both."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from jieda.nlu.normaliser import MAX_LENGTH, normalise
from jieda.nlu.segments import segment


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class BilingualTokenizer(Tokenizer):
    """Tokens carry the text as written and, as their lemma, its normalised form, of which features are made."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = str(message.get(attribute))[:MAX_LENGTH]
        return [Token(text[word.start : word.end], word.start, lemma=word.text) for word in segment(normalise(text))]
