"""the words that messages are searched by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from jieda.search_words import words_of

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

BATCH = 2_000
# The index follows the table by itself, also when rows go with their conversation. The words bear no punctuation, so
# that blanks part them; which message has a word is all that is asked, so no places are kept (detail=none).
SQLITE = (
    "CREATE VIRTUAL TABLE message_words_index USING fts5("
    "words, content='message_words', content_rowid='id', detail=none, tokenize='ascii')",
    "CREATE TRIGGER message_words_added AFTER INSERT ON message_words BEGIN"
    " INSERT INTO message_words_index(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER message_words_taken AFTER DELETE ON message_words BEGIN"
    " INSERT INTO message_words_index(message_words_index, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER message_words_changed AFTER UPDATE ON message_words BEGIN"
    " INSERT INTO message_words_index(message_words_index, rowid, words) VALUES ('delete', old.id, old.words);"
    " INSERT INTO message_words_index(rowid, words) VALUES (new.id, new.words); END",
)


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == 'postgresql'
    op.create_table('message_words',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text().with_variant(postgresql.TSVECTOR(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_message_words_conversation_id_conversations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_words'))
    )
    op.create_index('ix_message_words_conversation_id', 'message_words', ['conversation_id'])
    if postgres:
        op.create_index('message_words_index', 'message_words', ['words'], postgresql_using='gin')
    else:
        for statement in SQLITE:
            op.execute(statement)
    _fill(op.get_bind(), postgres)
    op.create_index('ix_conversation_events_agent', 'conversation_events', ['agent', 'conversation_id'])
    op.create_index('ix_conversation_events_intent_conversation_id', 'conversation_events', ['intent', 'conversation_id'])


def downgrade() -> None:
    op.drop_index('ix_conversation_events_intent_conversation_id', table_name='conversation_events')
    op.drop_index('ix_conversation_events_agent', table_name='conversation_events')
    if op.get_bind().dialect.name != 'postgresql':
        op.execute('DROP TABLE message_words_index')
    op.drop_table('message_words')


def _fill(connection: sa.engine.Connection, postgres: bool) -> None:
    """The messages that stand already, oldest first: the newest have the highest ids."""
    words = 'array_to_tsvector(CAST(:words AS text[]))' if postgres else ':words'
    added = sa.text(f'INSERT INTO message_words (conversation_id, seq, words) VALUES (:conversation_id, :seq, {words})')
    spoken = sa.text(
        "SELECT conversation_id, seq, text FROM conversation_events WHERE type = 'message' AND text IS NOT NULL"
        " ORDER BY at, conversation_id, seq"
    ).execution_options(stream_results=True)
    for rows in connection.execute(spoken).partitions(BATCH):
        found = [(row.conversation_id, row.seq, words_of(row.text)) for row in rows]
        connection.execute(added, [
            {'conversation_id': conversation_id, 'seq': seq, 'words': each if postgres else ' '.join(each)}
            for conversation_id, seq, each in found
        ])
