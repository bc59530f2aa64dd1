"""Finds conversations by what was said in them. A message is found by all the words of the search together.

The words are those of `jieda.search_words`. What was found last comes first; a search goes through the messages from
the newest backwards in bounded steps, so that frequent words cost no more than rare ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, delete, exists, false, func, insert, literal, select
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection

from jieda.search_words import Wanted, words_of, words_wanted
from jieda.store.tables import conversations, message_words

_STEP = 1_000
"""Messages that are looked at in one step."""
_WIDTHS = (20_000, 200_000)
"""How far back PostgreSQL looks for them at first, in messages of every kind."""
_ENOUGH = 150
"""Messages with which one does not look further back."""
_STEPS_MOST = 12
"""Steps of one search; what lies behind them is for the next page."""

_INDEX = insert(message_words)
_INDEX_LIST = _INDEX.values(
    conversation_id=bindparam("conversation_id"),
    seq=bindparam("seq"),
    words=func.array_to_tsvector(cast(bindparam("list", type_=ARRAY(Text)), ARRAY(Text))),
)

_Step = tuple[list[Any], int | None]


@dataclass(frozen=True)
class Found:
    """Conversations, each with the seq of its newest message that was found, in the order of these, newest first.

    `after` asks for more, None at the end.
    """

    messages: dict[str, int]
    after: int | None

    @property
    def ids(self) -> list[str]:
        return list(self.messages)


def index_message(connection: Connection, conversation_id: str, seq: int, text: str) -> None:
    """Lets a message be found; in the transaction that writes it."""
    words = words_of(text)
    if connection.dialect.name == "postgresql":
        connection.execute(_INDEX_LIST, {"conversation_id": conversation_id, "seq": seq, "list": words})
    else:
        connection.execute(_INDEX, {"conversation_id": conversation_id, "seq": seq, "words": " ".join(words)})


def forget_messages(connection: Connection, conversation_id: str) -> None:
    """Lets a conversation's messages be found no more."""
    connection.execute(delete(message_words).where(message_words.c.conversation_id == conversation_id))


def said_in(connection: Connection, query: str) -> Any:
    """A condition on conversations: one of its messages is found. For lists that are short without it."""
    wanted = words_wanted(query)
    if not wanted:
        return false()
    own = message_words.c.conversation_id == conversations.c.id
    return exists(select(message_words.c.id).where(own, _matches(connection, wanted)))


def find(connection: Connection, query: str, *where: Any, before: int | None = None, limit: int) -> Found:
    """Conversations that meet the conditions in which a message is found, from the place `before` on.

    A page may be short, or empty, though there is more.
    """
    wanted = words_wanted(query)
    found: dict[str, int] = {}
    if not wanted:
        return Found(found, None)
    place = before
    for _ in range(_STEPS_MOST):
        rows, onward = _newest(connection, wanted, place)
        fitting = _fitting(connection, {row[1] for row in rows}, where)
        if before is not None:
            fitting -= _found_since(connection, wanted, fitting, before)
        for at, conversation_id, seq in rows:
            if conversation_id in fitting and conversation_id not in found:
                found[conversation_id] = seq
                if len(found) == limit:
                    return Found(found, at)
        if onward is None:
            return Found(found, None)
        place = onward
    return Found(found, place)


def _newest(connection: Connection, wanted: Sequence[Wanted], before: int | None) -> _Step:
    """Places, conversations and seqs of the newest messages found before a place, and the place to go on from."""
    if connection.dialect.name == "postgresql":
        return _newest_on_postgresql(connection, wanted, before)
    bound = "" if before is None else "AND rowid < :before "
    newest = sql_text(
        "SELECT said.id, said.conversation_id, said.seq FROM (SELECT rowid FROM message_words_index "
        f"WHERE message_words_index MATCH :wanted {bound}ORDER BY rowid DESC LIMIT :step) AS found "
        "CROSS JOIN message_words AS said ON said.id = found.rowid ORDER BY said.id DESC"
    ).bindparams(wanted=_fts5(wanted), step=_STEP, **({} if before is None else {"before": before}))
    return _whole(connection.execute(newest).all())


def _newest_on_postgresql(connection: Connection, wanted: Sequence[Wanted], before: int | None) -> _Step:
    # GIN knows no order, and PostgreSQL underrates words that go together: all messages of a stock phrase would be read
    # for the newest thousand. So it is asked for the newest messages first, then for more, then for all.
    if before is None:
        before = int(connection.execute(select(func.max(message_words.c.id))).scalar() or 0) + 1
    newest = select(message_words.c.id, message_words.c.conversation_id, message_words.c.seq)
    newest = newest.where(_matches(connection, wanted), message_words.c.id < before)
    newest = newest.order_by(message_words.c.id.desc()).limit(_STEP)
    for width in _WIDTHS:
        rows = connection.execute(newest.where(message_words.c.id >= before - width)).all()
        if len(rows) == _STEP or width >= before:
            return _whole(rows)
        if len(rows) >= _ENOUGH:
            return list(rows), before - width
    return _whole(connection.execute(newest).all())


def _whole(rows: Sequence[Any]) -> _Step:
    """A step that ends where its rows do; with fewer than wanted there are no more."""
    return list(rows), rows[-1][0] if len(rows) == _STEP else None


def _fitting(connection: Connection, ids: set[str], where: Sequence[Any]) -> set[str]:
    if not ids or not where:
        return ids
    fitting = select(conversations.c.id).where(conversations.c.id.in_(sorted(ids)), *where)
    return set(connection.execute(fitting).scalars())


def _found_since(connection: Connection, wanted: Sequence[Wanted], ids: set[str], place: int) -> set[str]:
    """Those of the conversations that an earlier page has shown already."""
    if not ids:
        return set()
    own = message_words.c.conversation_id.in_(sorted(ids))
    seen = and_(own, message_words.c.id >= place, _matches(connection, wanted))
    return set(connection.execute(select(message_words.c.conversation_id).where(seen)).scalars())


def _matches(connection: Connection, wanted: Sequence[Wanted]) -> Any:
    """A condition on the words of a message, for messages that are at hand without the index.

    Words are letters and digits, so that neither quotes nor wildcards need care.
    """
    if connection.dialect.name == "postgresql":
        query = " & ".join(f"'{each.word}'{':*' if each.begins else ''}" for each in wanted)
        wanted_words = sql_text("CAST(:wanted AS tsquery)").bindparams(bindparam("wanted", query, unique=True))
        return message_words.c.words.op("@@")(wanted_words)
    # To be asked of one row the index of SQLite would read its lists from the beginning.
    words = literal(" ").concat(message_words.c.words).concat(" ")
    return and_(True, *(words.like(f"% {each.word}{'%' if each.begins else ' %'}") for each in wanted))


def _fts5(wanted: Sequence[Wanted]) -> str:
    return " AND ".join(f'"{each.word}"{"*" if each.begins else ""}' for each in wanted)
