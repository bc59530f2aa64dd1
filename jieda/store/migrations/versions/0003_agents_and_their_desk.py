"""agents and their desk"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jieda.store.database import UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

# Columns are added and dropped in place: on SQLite a table made anew would lose the rows that refer to it (CASCADE).
COLUMNS = {
    'conversations': (
        ('waiting_since', lambda: UtcDateTime(timezone=True), {}),
        ('at_front', sa.Boolean, {'nullable': False, 'server_default': sa.false()}),
        ('held_until', lambda: UtcDateTime(timezone=True), {}),
        ('brief', sa.Text, {}),
        ('satisfaction', sa.Integer, {}),
        ('satisfaction_word', sa.Text, {}),
        ('satisfaction_asked_at', lambda: UtcDateTime(timezone=True), {}),
        ('word_awaited', sa.Boolean, {'nullable': False, 'server_default': sa.false()}),
        ('erased_at', lambda: UtcDateTime(timezone=True), {}),
    ),
    'conversation_events': (
        ('intent', lambda: sa.String(64), {}),
        ('confidence', sa.Float, {}),
    ),
    'turns': (('hand_off', sa.Text, {}),),
    'cases': (
        ('acknowledged_at', lambda: UtcDateTime(timezone=True), {}),
        ('acknowledged_by', lambda: sa.String(64), {}),
        ('paged_at', lambda: UtcDateTime(timezone=True), {}),
    ),
}
INDEXES = (
    ('ix_conversations_owner_agent', 'conversations', ['owner', 'agent']),
    ('ix_conversations_updated_at_id', 'conversations', ['updated_at', 'id']),
    ('ix_conversations_created_at_id', 'conversations', ['created_at', 'id']),
    ('ix_conversation_events_type_at', 'conversation_events', ['type', 'at']),
    ('ix_conversation_events_intent_at', 'conversation_events', ['intent', 'at']),
    ('ix_cases_status_severity_opened_at', 'cases', ['status', 'severity', 'opened_at']),
    ('ix_cases_opened_at_number', 'cases', ['opened_at', 'number']),
)


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind, options in columns:
            op.add_column(table, sa.Column(name, kind(), **options))
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)

    op.create_table('agents',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('on_duty', sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column('seen_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', UtcDateTime(timezone=True), nullable=True),
    sa.Column('failed_sign_ins', sa.Integer(), nullable=False, server_default='0'),
    sa.Column('locked_until', UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_agents'))
    )
    op.create_table('desk_sessions',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('csrf', sa.String(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent'], ['agents.name'], name=op.f('fk_desk_sessions_agent_agents'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_sessions'))
    )
    op.create_index('ix_desk_sessions_agent', 'desk_sessions', ['agent'])
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=128), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    op.create_index('ix_audit_at', 'audit', ['at'])
    op.create_table('notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_notes_conversation_id_conversations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes'))
    )
    op.create_index('ix_notes_conversation_id', 'notes', ['conversation_id'])
    op.create_table('labels',
    sa.Column('conversation_id', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('at', UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_labels_conversation_id_conversations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', 'label', name=op.f('pk_labels'))
    )
    op.create_index('ix_labels_label', 'labels', ['label'])
    op.create_table('reviews',
    sa.Column('conversation_id', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('intent', sa.String(length=64), nullable=True),
    sa.Column('agent', sa.String(length=64), nullable=False),
    sa.Column('at', UtcDateTime(timezone=True), nullable=False),
    sa.Column('exported_at', UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_reviews_conversation_id_conversations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', 'seq', name=op.f('pk_reviews'))
    )
    op.create_index('ix_reviews_exported_at', 'reviews', ['exported_at'])


def downgrade() -> None:
    for table in ('reviews', 'labels', 'notes', 'audit', 'desk_sessions', 'agents'):
        op.drop_table(table)
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    for table, columns in COLUMNS.items():
        for name, _, _ in reversed(columns):
            op.execute(f'ALTER TABLE {table} DROP COLUMN {name}')
