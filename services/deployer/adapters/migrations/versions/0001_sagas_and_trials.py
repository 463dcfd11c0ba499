"""Sagas, the requests they serve, and trials; inbox, outbox and deadlines."""

from alembic import op

from shared.messaging.schema import PLUMBING_1

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE sagas (
        deployment_id text PRIMARY KEY,
        version integer NOT NULL,
        name text NOT NULL,
        state text NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE requests (
        deployment_id text NOT NULL,
        revision integer NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (deployment_id, revision)
    )
    """,
    """
    CREATE TABLE trials (
        deployment_id text NOT NULL,
        trial integer NOT NULL,
        revision integer NOT NULL,
        backend text NOT NULL,
        site text NOT NULL,
        phase text NOT NULL,
        wanted_gone boolean NOT NULL DEFAULT false,
        force boolean NOT NULL DEFAULT false,
        due_at timestamptz,
        calls integer NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0,
        failing_since timestamptz,
        seen_gone boolean NOT NULL DEFAULT false,
        stuck boolean NOT NULL DEFAULT false,
        external_id text,
        digest text NOT NULL DEFAULT '',
        told integer NOT NULL DEFAULT 0,
        body text NOT NULL,
        cause text NOT NULL,
        trace text NOT NULL DEFAULT '{}',
        lease_token text,
        lease_until timestamptz,
        PRIMARY KEY (deployment_id, trial)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX trials_by_due ON trials (backend, due_at) WHERE due_at IS NOT NULL",
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*PLUMBING_1, *TABLES):
        op.execute(statement)
