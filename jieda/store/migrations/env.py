"""Alembic's environment: migrations run over the engine that `jieda.store.database.migrate` hands in."""

from __future__ import annotations

from alembic import context

from jieda.store.tables import metadata

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
