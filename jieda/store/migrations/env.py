"""Alembic's environment: migrations run over the engine that `jieda.store.database.migrate` hands in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from jieda.store.tables import metadata

with context.config.attributes["engine"].connect() as connection:
    # In one transaction on SQLite too, which alembic would not do by itself: of processes that start together one
    # migrates, the others wait and find it done.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('jieda.migrations'))"))
        context.run_migrations()
