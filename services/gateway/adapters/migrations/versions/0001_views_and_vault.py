"""Views, timelines and the vault; inbox, outbox and deadlines."""

from alembic import op

from shared.messaging.schema import PLUMBING_1

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE deployments (
        id text PRIMARY KEY,
        issuer text NOT NULL,
        subject text NOT NULL,
        user_group text,
        status text NOT NULL,
        created_at timestamptz NOT NULL,
        last_seq integer NOT NULL,
        view text NOT NULL,
        template text NOT NULL
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX deployments_by_owner ON deployments (issuer, subject, created_at DESC)",
    """
    CREATE TABLE timeline (
        deployment_id text NOT NULL,
        seq integer NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        source text NOT NULL,
        at timestamptz NOT NULL,
        sentence text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (deployment_id, seq)
    )
    """,
    """
    CREATE TABLE credentials (
        ref text PRIMARY KEY,
        issuer text NOT NULL,
        subject text NOT NULL,
        expires_at timestamptz NOT NULL,
        sealed bytea NOT NULL,
        sealed_inputs bytea
    )
    """,
    "CREATE INDEX credentials_by_owner ON credentials (issuer, subject, expires_at DESC)",
    """
    CREATE TABLE secret_outputs (
        deployment_id text NOT NULL,
        trial integer NOT NULL,
        sealed bytea NOT NULL,
        PRIMARY KEY (deployment_id, trial)
    )
    """,
    """
    CREATE TABLE repeated_requests (
        issuer text NOT NULL,
        subject text NOT NULL,
        key text NOT NULL,
        deployment_id text NOT NULL,
        PRIMARY KEY (issuer, subject, key)
    )
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*PLUMBING_1, *TABLES):
        op.execute(statement)
