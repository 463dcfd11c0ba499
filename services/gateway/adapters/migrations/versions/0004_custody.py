"""Grants, whom of the deployments they were lost for, and credentials for sites."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
    ALTER TABLE credentials
        ADD COLUMN deployment_id text,
        ADD COLUMN user_group text NOT NULL DEFAULT '',
        ADD COLUMN renews boolean NOT NULL DEFAULT false,
        ADD COLUMN kept_at timestamptz NOT NULL DEFAULT now()
    """,
    "CREATE INDEX credentials_by_deployment ON credentials (deployment_id, kept_at DESC)",
    """
    CREATE TABLE grants (
        issuer text NOT NULL,
        subject text NOT NULL,
        user_group text NOT NULL,
        state text NOT NULL,
        digest text NOT NULL,
        expires_at timestamptz NOT NULL,
        sealed bytea NOT NULL,
        sealed_refresh bytea,
        due_at timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        why text NOT NULL DEFAULT '',
        lease text,
        PRIMARY KEY (issuer, subject, user_group)
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX grants_by_due ON grants (due_at)",
    """
    CREATE TABLE without_right (
        deployment_id text PRIMARY KEY,
        since timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE site_credentials (
        issuer text NOT NULL,
        subject text NOT NULL,
        user_group text NOT NULL,
        service text NOT NULL,
        sealed bytea NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (issuer, subject, user_group, service)
    )
    """,
)


def upgrade() -> None:
    """Widen credentials, and create the rest."""
    for statement in STATEMENTS:
        op.execute(statement)
