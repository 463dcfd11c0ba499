"""Watched sites, observations and their history; inbox, outbox and deadlines."""

from alembic import op

from shared.messaging.schema import PLUMBING_1

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE sites (
        site text PRIMARY KEY,
        body text NOT NULL,
        due_at timestamptz NOT NULL,
        failures integer NOT NULL
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX sites_by_due ON sites (due_at)",
    """
    CREATE TABLE observations (
        key text PRIMARY KEY,
        site text NOT NULL,
        service text NOT NULL,
        body text NOT NULL
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX observations_by_service ON observations (site, service)",
    """
    CREATE TABLE history (
        site text NOT NULL,
        observed_at timestamptz NOT NULL,
        body text NOT NULL
    )
    """,
    "CREATE INDEX history_by_site ON history (site, observed_at)",
    "CREATE INDEX history_by_age ON history (observed_at)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*PLUMBING_1, *TABLES):
        op.execute(statement)
