"""Runs the migrations on the connection that `engine.schema` hands over; there is no other way in."""

from __future__ import annotations

from alembic import context

from engine.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # true of SQLite as well, once SQLAlchemy opens its transactions
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
