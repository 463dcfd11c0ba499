"""Rankings, what deployments hold, and how trials went; inbox, outbox and deadlines."""

from alembic import op

from shared.messaging.schema import PLUMBING_1

revision = "0001"
down_revision = None

AMOUNTS = """
    cpus double precision NOT NULL,
    memory double precision NOT NULL,
    instances double precision NOT NULL,
    disk double precision NOT NULL,
    gpus double precision NOT NULL,
    public_addresses double precision NOT NULL
"""

TABLES = (
    """
    CREATE TABLE rankings (
        deployment_id text NOT NULL,
        revision integer NOT NULL,
        ranked_at timestamptz NOT NULL,
        told_type text NOT NULL,
        told text NOT NULL,
        request text NOT NULL,
        weights text NOT NULL,
        inputs text NOT NULL,
        PRIMARY KEY (deployment_id, revision)
    )
    """,
    f"""
    CREATE TABLE holdings (
        deployment_id text NOT NULL,
        revision integer NOT NULL,
        site text NOT NULL,
        service text NOT NULL,
        agreement text NOT NULL,
        state text NOT NULL,
        since timestamptz NOT NULL,
        trial integer,
        {AMOUNTS},
        PRIMARY KEY (deployment_id, revision, site, service)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX holdings_on_their_way ON holdings (site) WHERE state IN ('meant', 'running', 'failed')",
    "CREATE INDEX holdings_that_stand ON holdings (since) WHERE state = 'standing'",
    f"""
    CREATE TABLE accounts (
        site text NOT NULL,
        service text NOT NULL,
        agreement text NOT NULL,
        {AMOUNTS},
        PRIMARY KEY (site, service, agreement)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE experience (
        site text NOT NULL,
        service text NOT NULL,
        failures double precision NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (site, service)
    )
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*PLUMBING_1, *TABLES):
        op.execute(statement)
