"""Triggers that make a table append-only, written once for both databases.

They stop accidents and careless scripts; whoever may drop triggers is found by the hash chain instead.
"""

from __future__ import annotations

from alembic import op

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""


def protect(table: str) -> None:
    """Called from a migration: from now on the rows of `table` can be neither changed nor removed."""
    for statement in statements(table, op.get_bind().dialect.name):
        op.execute(statement)


def statements(table: str, dialect: str) -> list[str]:
    """The SQL that protects `table` on one of the two databases."""
    if dialect == "postgresql":
        return [
            _POSTGRES_FUNCTION,
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("update", "delete")
    ]
