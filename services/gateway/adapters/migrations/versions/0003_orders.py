"""What was asked for, beside its text: the nodes, the last parameters, and when anything was last told."""

from alembic import op

revision = "0003"
down_revision = "0002"

CHANGES = (
    """
    ALTER TABLE deployments
        ADD COLUMN parts text NOT NULL DEFAULT '[]',
        ADD COLUMN parameters text NOT NULL DEFAULT '{}',
        ADD COLUMN updated_at timestamptz
    """,
    "UPDATE deployments SET updated_at = CAST(CAST(view AS json) ->> 'updated_at' AS timestamptz)",
    """
    CREATE INDEX deployments_by_group ON deployments (issuer, user_group, created_at DESC)
    WHERE user_group IS NOT NULL
    """,
)


def upgrade() -> None:
    """Add the columns, and the index by which members find what their group has."""
    for statement in CHANGES:
        op.execute(statement)
