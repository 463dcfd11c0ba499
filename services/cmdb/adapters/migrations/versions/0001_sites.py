"""Sites; inbox, outbox and deadlines."""

from alembic import op

from shared.messaging.schema import PLUMBING_1

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE sites (
        site text PRIMARY KEY,
        body text NOT NULL,
        changed_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*PLUMBING_1, *TABLES):
        op.execute(statement)
