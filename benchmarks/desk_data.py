"""Fills a database with as many conversations as a desk sees in a year: `python -m benchmarks.desk_data URL [COUNT]`.

What is said is drawn from the training messages; times, owners, moves, cases, labels and ratings are spread as
a desk would have them. The same count always gives the same rows. The database must be empty of conversations.
"""

from __future__ import annotations

import functools
import io
import random
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from jieda.brief import Brief, Reason
from jieda.cases import NUMBER_LETTERS
from jieda.nlu.corpus import read_messages
from jieda.policy import Language
from jieda.search_words import words_of
from jieda.settings import PROJECT
from jieda.store.database import connect, migrate
from jieda.store.tables import cases, conversations, events, labels, message_words

COUNT = 100_000
DAYS = 365
END = datetime(2026, 11, 27, 9, 0, tzinfo=timezone.utc)
AGENTS = ("王芳", "李明", "赵敏", "Tom Baker", "陈晨")
_BATCH = 2_000
_OPEN = 60
"""The newest, which persons are wanted in."""
_BOT = {
    "zh": (
        "请问您遇到的是哪方面的问题？",
        "好的，已为您记录。",
        "技术支持工作时间为周一至周五。",
        "还有什么可以帮您？",
    ),
    "en": ("What is the matter about?", "Thank you, I have noted that.", "Technical support is there on workdays."),
}
_LOST = {
    "zh": ("在吗在吗", "就是那个东西不对", "看图", "？？？", "帮我弄一下", "还是老样子", "你们那边的人知道的"),
    "en": ("it's the same thing again", "see attached", "??", "as discussed", "can you just do it", "nope nope nope"),
}
_LABELS = ("登录问题", "发票", "续费", "bug", "升级", "培训")


def fill(url: str, count: int = COUNT, end: datetime = END, seed: int = 1) -> None:
    """Migrates the database and fills it. Times end at `end`."""
    migrate(url)
    engine = connect(url)
    draw = random.Random(seed)
    spoken = _spoken()
    batch: dict[str, list[dict[str, Any]]] = {}
    with engine.begin() as connection:
        for number in range(count):
            # Newest last, as rows come about; the last hour has those that are open.
            at = end - timedelta(days=DAYS) * (1 - number / count) - timedelta(minutes=10)
            if number < count - _OPEN:
                at = _in_the_week(draw, at)
            for table, rows in _conversation(draw, spoken, number, count, at).items():
                batch.setdefault(table, []).extend(rows)
            if number % _BATCH == _BATCH - 1 or number == count - 1:
                _write(connection, batch)
                batch = {}
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def _in_the_week(draw: random.Random, at: datetime) -> datetime:
    """Most is asked on workdays, by day."""
    if at.weekday() >= 5 and draw.random() < 0.75:
        at -= timedelta(days=draw.choice((2, 3, 4)))
    return at.replace(hour=int(draw.triangular(0, 14, 4)))


def _spoken() -> dict[str, list[tuple[str, str]]]:
    """Texts with their intents, by language."""
    found: dict[str, list[tuple[str, str]]] = {"zh": [], "en": []}
    for message in read_messages(PROJECT / "data" / "nlu")[0]:
        found["en" if message.language == "en" else "zh"].append((message.text, message.intent))
    return found


def _conversation(
    draw: random.Random, spoken: dict[str, list[tuple[str, str]]], number: int, count: int, at: datetime
) -> dict[str, list[dict[str, Any]]]:
    language = "zh" if draw.random() < 0.8 else "en"
    conversation_id = f"c{number:07d}{draw.getrandbits(60):015x}"
    category = draw.choices(("presales", "billing", "technical", "premier", None), (2, 3, 6, 0.3, 2))[0]
    severity = draw.choices(("critical", "non_critical", None), (1, 8, 5))[0] if category else None
    handed = draw.random() < 0.25
    said: list[dict[str, Any]] = []
    moment, agent, waiting_since = at, None, None
    owner = {"owner": "bot", "version": 0}

    def add(**more: Any) -> None:
        nonlocal moment
        moment += timedelta(seconds=draw.randint(4, 40))
        blank = dict.fromkeys(
            ("author", "text", "owner", "agent", "actor", "reason", "version", "intent", "confidence")
        )
        row = {
            **blank,
            "conversation_id": conversation_id,
            "seq": len(said) + 1,
            "at": moment,
            "client_message_id": None,
        }
        said.append({**row, **more})

    def move(to: str, actor: str, reason: str, by: str | None = None) -> None:
        owner.update(owner=to, version=int(str(owner["version"])) + 1)
        add(type="owner", owner=to, agent=by, actor=actor, reason=reason, version=owner["version"])

    def customer(understood: bool = True) -> None:
        text, intent = draw.choice(spoken[language])
        took = intent
        if draw.random() < 0.06:
            took, text = "nlu_fallback", draw.choice(_LOST[language]) if draw.random() < 0.5 else text
        seen = {"intent": took, "confidence": round(draw.uniform(0.4, 1), 3)} if understood else {}
        add(type="message", author="customer", text=text, **seen)

    for _ in range(draw.randint(3, 5)):
        customer()
        add(type="message", author="bot", text=draw.choice(_BOT[language]))
    is_open = number >= count - _OPEN
    if handed or is_open:
        move("queued", "bot", draw.choice([each.value for each in Reason]))
        waiting_since = moment
        if number % 2 or not is_open:
            moment += timedelta(seconds=draw.expovariate(1 / 70))
            waiting_since, agent = None, draw.choice(AGENTS)
            move("assigned", agent, "claim", agent)
            for _ in range(draw.randint(3, 6)):
                customer(understood=False)
                add(type="message", author="agent", agent=agent, text=draw.choice(_BOT[language]))
            if not is_open:
                move(*draw.choice((("bot", agent, "return"), ("closed", agent, "solved"))))
    rated = draw.choices((None, 5, 4, 3, 2, 1), (14, 5, 3, 1, 1, 1))[0]
    row = {
        "id": conversation_id,
        "channel": "web",
        "page": None,
        "language": language,
        "category": category,
        "severity": severity,
        "owner": owner["owner"],
        "agent": agent if owner["owner"] == "assigned" else None,
        "version": owner["version"],
        "next_seq": len(said) + 1,
        "created_at": at,
        "updated_at": moment,
        "waiting_since": waiting_since,
        "brief": Brief(Language(language), category=category, severity=severity).to_json() if handed else None,
        "satisfaction": rated,
        "satisfaction_asked_at": moment if rated else None,
    }
    words = [
        {"conversation_id": conversation_id, "seq": each["seq"], "words": _words(each["text"])}
        for each in said
        if each["text"]
    ]
    found: dict[str, list[dict[str, Any]]] = {
        "conversations": [row],
        "conversation_events": said,
        "message_words": words,
    }
    if draw.random() < 0.12:
        found["labels"] = [
            {
                "conversation_id": conversation_id,
                "label": draw.choice(_LABELS),
                "agent": draw.choice(AGENTS),
                "at": moment,
            }
        ]
    if category and draw.random() < 0.15:
        found["cases"] = [_case(draw, conversation_id, language, category, severity or "non_critical", moment, number)]
    return found


def _case(
    draw: random.Random, conversation_id: str, language: str, category: str, severity: str, at: datetime, number: int
) -> dict[str, Any]:
    due = at + timedelta(hours=1 if severity == "critical" else 8)
    seen = at + (due - at) * draw.expovariate(2.5)
    return {
        "number": f"SR{at:%Y%m%d}-{''.join(draw.choices(NUMBER_LETTERS, k=3))}{number:06d}",
        "idempotency_key": f"bench-{number}",
        "conversation_id": conversation_id,
        "language": language,
        "category": category,
        "severity": severity,
        "affected_app": draw.choice(("Sales", "Customer Service", "Field Service", None)),
        "summary": "登录后页面一直转圈" if language == "zh" else "The page keeps loading after signing in",
        "contact_name": "李雷" if language == "zh" else "Grace Hall",
        "company": "上海示例科技有限公司",
        "contact_phone": f"+86138{draw.randint(0, 99_999_999):08d}",
        "contact_email": None,
        "status": "resolved",
        "opened_at": at,
        "due_at": due,
        "resolved_at": seen + timedelta(hours=3),
        "resolved_by": draw.choice(AGENTS),
        "acknowledged_at": seen,
        "acknowledged_by": draw.choice(AGENTS),
    }


@functools.lru_cache(maxsize=100_000)
def _words(text: str) -> str:
    return " ".join(words_of(text))


def _write(connection: Connection, batch: dict[str, list[dict[str, Any]]]) -> None:
    tables = {each.name: each for each in (conversations, events, message_words, labels, cases)}
    for name, table in tables.items():
        rows = batch.get(name, [])
        if not rows:
            continue
        if connection.dialect.name != "postgresql":
            connection.execute(insert(table), rows)
            continue
        columns = list(rows[0])
        lines = "".join("\t".join(_copied(row[column]) for column in columns) + "\n" for row in rows)
        with connection.connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {name} ({', '.join(columns)}) FROM STDIN", io.StringIO(lines))


def _copied(value: Any) -> str:
    if value is None:
        return "\\N"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else COUNT)
