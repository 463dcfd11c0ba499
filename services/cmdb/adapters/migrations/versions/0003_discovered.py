"""What is read from sites themselves: the services that are to be read, when, and what is known of them."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    CREATE TABLE discovered (
        site text NOT NULL,
        service text NOT NULL,
        target text NOT NULL,
        document jsonb NOT NULL DEFAULT '{}',
        read_at timestamptz,
        unreachable_since timestamptz,
        failures integer NOT NULL DEFAULT 0,
        sentence text NOT NULL DEFAULT '',
        due_at timestamptz NOT NULL,
        PRIMARY KEY (site, service)
    )
    """,
    "CREATE INDEX discovered_due ON discovered (due_at)",
)


def upgrade() -> None:
    """Nothing has been read yet."""
    for statement in STATEMENTS:
        op.execute(statement)
