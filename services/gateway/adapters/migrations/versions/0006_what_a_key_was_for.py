"""An idempotency key stands for what was asked with it."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a digest of the request; of what was asked before, nothing is known."""
    op.execute("ALTER TABLE repeated_requests ADD COLUMN asked text NOT NULL DEFAULT ''")
