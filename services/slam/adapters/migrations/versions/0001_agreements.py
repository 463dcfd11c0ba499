"""Agreements; inbox, outbox and deadlines."""

from alembic import op

from shared.messaging.schema import PLUMBING_1

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE agreements (
        agreement text PRIMARY KEY,
        of_group text NOT NULL,
        body text NOT NULL,
        changed_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX agreements_by_group ON agreements (of_group)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*PLUMBING_1, *TABLES):
        op.execute(statement)
