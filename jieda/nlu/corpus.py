"""Labelled messages: the NLU files of Rasa, `<folder>/{zh,en,mixed}/<group>.yml`, with the place of each message.

Reads what Rasa reads, and tells of what Rasa would skip or misread in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import yaml

from jieda.nlu.annotations import AnnotatedSpan as AnnotatedSpan
from jieda.nlu.annotations import AnnotationError, parse_annotations

LANGUAGES = ("zh", "en", "mixed")
"""The folders that messages are kept in; "mixed" has Chinese and English in one message."""

_LEXICON = "lexicon"  # beside the messages, with files of its own kind
_FILE_KEYS = {"version", "nlu"}
_ITEM_KEYS = {"intent", "examples"}


class ProblemCode(str, Enum):
    """What can be wrong with labelled messages."""

    FILE_UNREADABLE = "file_unreadable"
    FILE_MISPLACED = "file_misplaced"
    FILE_SHAPE = "file_shape"
    NOT_A_LIST_ITEM = "not_a_list_item"
    MESSAGE_EMPTY = "message_empty"
    ANNOTATION_BROKEN = "annotation_broken"
    ENTITY_UNKNOWN = "entity_unknown"
    VALUE_UNKNOWN = "value_unknown"
    ENTITY_UNFIT = "entity_unfit"
    INTENT_UNKNOWN = "intent_unknown"
    INTENT_MISPLACED = "intent_misplaced"
    INTENT_EMPTY = "intent_empty"
    LANGUAGE_WRONG = "language_wrong"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Problem:
    """Something wrong at a line (from 1) of a file. `str()` says where, what, and what to do."""

    file: Path
    line: int
    code: ProblemCode
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class CorpusError(ValueError):
    """A part of a file cannot be read. `str()` says what is wrong at its `line` (from 1)."""

    def __init__(self, line: int, message: str, code: ProblemCode = ProblemCode.FILE_SHAPE) -> None:
        super().__init__(message)
        self.line = line
        self.code = code


@dataclass(frozen=True)
class Labels:
    """What messages may be labelled with: the intents of the domain with their lines, and its entities."""

    intents: dict[str, int]
    entities: frozenset[str]


@dataclass(frozen=True)
class LabelledMessage:
    """A message as the customer writes it, without annotation marks; the line counts from 1."""

    text: str
    intent: str
    language: str
    entities: tuple[AnnotatedSpan, ...]
    file: Path
    line: int


def read_labels(domain: Path) -> Labels:
    """The labels that a domain file names. Raises CorpusError."""
    root = _compose(domain)
    if not isinstance(root, yaml.MappingNode):
        raise CorpusError(_line(root), "The domain must be a mapping")
    fields = {key.value: value for key, value in root.value}
    return Labels(_names(fields.get("intents")), frozenset(_names(fields.get("entities"))))


def _names(node: yaml.Node | None) -> dict[str, int]:
    """The names in a list of the domain; one with settings is a mapping of its name to them."""
    if not isinstance(node, yaml.SequenceNode):
        raise CorpusError(_line(node) if node else 1, "The domain must have lists of intents and entities")
    names = (each.value[0][0] if isinstance(each, yaml.MappingNode) else each for each in node.value)
    return {name.value: _line(name) for name in names}


def read_messages(folder: Path) -> tuple[list[LabelledMessage], list[Problem]]:
    """The messages below a folder in order of language, file and line, and what is wrong with the files."""
    messages: list[LabelledMessage] = []
    problems: list[Problem] = []
    proper = [(language, file) for language in LANGUAGES for file in sorted((folder / language).glob("*.yml"))]
    for language, file in proper:
        reader = _Reader(file, language)
        messages.extend(reader.messages())
        problems.extend(reader.problems)
    for file in sorted((*folder.rglob("*.yml"), *folder.rglob("*.yaml"))):
        if file not in {file for _, file in proper} and file.relative_to(folder).parts[0] != _LEXICON:
            message = f"Messages are kept in {{{','.join(LANGUAGES)}}}/<group>.yml; move this file there"
            problems.append(Problem(file, 1, ProblemCode.FILE_MISPLACED, message))
    if not proper:
        problems.append(Problem(folder, 1, ProblemCode.FILE_UNREADABLE, "There is no NLU file here; add some"))
    return messages, problems


class _Reader:
    """Goes through one file; what is wrong gathers in `problems`, and reading goes on behind it."""

    def __init__(self, file: Path, language: str) -> None:
        self._file = file
        self._language = language
        self.problems: list[Problem] = []

    def messages(self) -> Iterator[LabelledMessage]:
        try:
            items = _items(_compose(self._file))
        except CorpusError as error:
            self._tell(error)
            return
        for item in items:
            try:
                intent, examples = _intent(item)
            except CorpusError as error:
                self._tell(error)
                continue
            yield from self._of_intent(intent, examples)

    def _of_intent(self, intent: str, examples: yaml.ScalarNode) -> Iterator[LabelledMessage]:
        # The text of a literal block begins on the line behind its "|".
        for line, raw in enumerate(examples.value.split("\n"), examples.start_mark.line + 2):
            if not raw.strip():
                continue
            try:
                text, entities = parse_annotations(_list_item(raw, line))
            except AnnotationError as error:
                self._tell(CorpusError(line, str(error), ProblemCode.ANNOTATION_BROKEN))
                continue
            except CorpusError as error:
                self._tell(error)
                continue
            yield LabelledMessage(text, intent, self._language, entities, self._file, line)

    def _tell(self, error: CorpusError) -> None:
        self.problems.append(Problem(self._file, error.line, error.code, str(error)))


# --- YAML


def _compose(file: Path) -> yaml.Node:
    """The nodes of a file, which know their lines."""
    try:
        content = file.read_bytes()
        text = content.decode("utf-8")
        root = yaml.compose(text, yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorpusError(line, "Not UTF-8; save the file as UTF-8", ProblemCode.FILE_UNREADABLE) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"Not YAML ({error.problem or error.context}); mend the line"
        raise CorpusError(mark.line + 1 if mark else 1, what, ProblemCode.FILE_UNREADABLE) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"The character #x{error.character:04x} may not stand in YAML; remove it"
        raise CorpusError(line, what, ProblemCode.FILE_UNREADABLE) from error
    except OSError as error:
        raise CorpusError(1, f"Cannot be read: {error.strerror}", ProblemCode.FILE_UNREADABLE) from error
    if root is None:
        raise CorpusError(1, "The file is empty; add messages or delete it")
    return root


def _items(root: yaml.Node) -> list[yaml.Node]:
    nlu = _mapping(root, _FILE_KEYS, "the file").get("nlu")
    if not isinstance(nlu, yaml.SequenceNode) or not nlu.value:
        line = _line(nlu) if nlu else 1
        raise CorpusError(line, "There is no list under `nlu:`; give it items with `intent` and `examples`")
    return list(nlu.value)


def _intent(item: yaml.Node) -> tuple[str, yaml.ScalarNode]:
    fields = _mapping(item, _ITEM_KEYS, "an item of `nlu`")
    intent, examples = fields.get("intent"), fields.get("examples")
    if not isinstance(intent, yaml.ScalarNode) or not intent.value.strip():
        raise CorpusError(_line(item), "An item of `nlu` without a name under `intent:`; name the intent")
    if not isinstance(examples, yaml.ScalarNode) or examples.style != "|":
        raise CorpusError(
            _line(examples or item), "`examples` must be a literal block (`examples: |`), a message a line"
        )
    if not examples.value.strip():
        raise CorpusError(_line(examples), f"{intent.value} has no messages here; add some or remove the item")
    return intent.value, examples


def _mapping(node: yaml.Node, allowed: set[str], what: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise CorpusError(_line(node), f"{what} must be a mapping with {' and '.join(sorted(allowed))}".capitalize())
    fields: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value not in allowed:
            raise CorpusError(_line(key), f"Unknown key {key.value!r}; {what} has {' and '.join(sorted(allowed))}")
        if key.value in fields:
            raise CorpusError(_line(key), f"The key {key.value!r} stands twice; only the last would be read")
        fields[key.value] = value
    return fields


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _list_item(raw: str, line: int) -> str:
    if not raw.startswith("- ") and raw.strip() != "-":
        raise CorpusError(line, f"Not a list item: {raw.strip()!r}; begin it with '- '", ProblemCode.NOT_A_LIST_ITEM)
    item = raw[1:].strip()
    if not item:
        raise CorpusError(line, "The message is empty; write it or remove the line", ProblemCode.MESSAGE_EMPTY)
    return item
