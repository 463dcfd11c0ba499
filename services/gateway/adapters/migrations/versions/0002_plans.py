"""Plans and their answers."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """
    CREATE TABLE plans (
        id text PRIMARY KEY,
        expires_at timestamptz NOT NULL,
        plan text NOT NULL,
        answer text
    )
    """,
    "CREATE INDEX plans_by_expiry ON plans (expires_at)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
