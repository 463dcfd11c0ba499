"""Webhooks, deliveries, the audit trail; and an index for how much of a group is under way."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = (
    """
    CREATE TABLE webhooks (
        id text PRIMARY KEY,
        issuer text NOT NULL,
        subject text NOT NULL,
        url text NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX webhooks_by_owner ON webhooks (issuer, subject)",
    """
    CREATE TABLE deliveries (
        place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id text NOT NULL UNIQUE,
        lane text NOT NULL,
        deployment_id text NOT NULL,
        webhook_id text REFERENCES webhooks (id) ON DELETE CASCADE,
        url text NOT NULL,
        body text NOT NULL,
        created_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'waiting',
        attempts integer NOT NULL DEFAULT 0,
        token text,
        tried_at timestamptz,
        code integer,
        sentence text NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX deliveries_by_due ON deliveries (due_at) WHERE state = 'waiting'",
    "CREATE INDEX deliveries_by_lane ON deliveries (lane, place) WHERE state = 'waiting'",
    "CREATE INDEX deliveries_by_deployment ON deliveries (deployment_id, place)",
    "CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, place)",
    "CREATE INDEX deliveries_by_age ON deliveries (created_at)",
    """
    CREATE TABLE audit (
        place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        deed jsonb NOT NULL,
        about text NOT NULL GENERATED ALWAYS AS (coalesce(deed ->> 'about', '')) STORED,
        doing text NOT NULL GENERATED ALWAYS AS (deed ->> 'doing') STORED,
        outcome text NOT NULL GENERATED ALWAYS AS (coalesce(deed ->> 'outcome', 'done')) STORED,
        issuer text GENERATED ALWAYS AS (deed #>> '{who,issuer}') STORED,
        subject text GENERATED ALWAYS AS (deed #>> '{who,subject}') STORED,
        owner_issuer text GENERATED ALWAYS AS (deed #>> '{owner,issuer}') STORED,
        seq bigint UNIQUE,
        before text,
        hash text
    )
    """,
    "CREATE INDEX audit_by_subject ON audit (about, place)",
    "CREATE INDEX audit_by_person ON audit (issuer, subject, place)",
    "CREATE INDEX audit_to_link ON audit (place) WHERE seq IS NULL",
    """
    CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL
            AND NEW.deed = OLD.deed AND NEW.at = OLD.at AND NEW.place = OLD.place
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the audit trail is only added to';
    END $$
    """,
    """
    CREATE TRIGGER audit_rows_stay BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to()
    """,
    """
    CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to()
    """,
    """
    CREATE INDEX deployments_under_way ON deployments (issuer, user_group)
    WHERE status IN ('CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS')
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in TABLES:
        op.execute(statement)
