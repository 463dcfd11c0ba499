"""Each collector goes round by itself; health, availability, switches, and the trials that are under way."""

from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = (
    "DROP INDEX sites_by_due",
    "ALTER TABLE sites DROP COLUMN due_at, DROP COLUMN failures",
    """
    CREATE TABLE looks (
        site text NOT NULL REFERENCES sites ON DELETE CASCADE,
        collector text NOT NULL,
        due_at timestamptz NOT NULL,
        failures integer NOT NULL DEFAULT 0,
        trouble text NOT NULL DEFAULT '',
        PRIMARY KEY (site, collector)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX looks_by_due ON looks (collector, due_at)",
    """
    ALTER TABLE observations
        ADD COLUMN collector text NOT NULL DEFAULT '',
        ADD COLUMN recent text NOT NULL DEFAULT '',
        ADD COLUMN judged_at timestamptz,
        ADD COLUMN told text
    """,
    "UPDATE observations SET collector = CAST(body AS jsonb) ->> 'collector'",
    "ALTER TABLE history ADD COLUMN service text NOT NULL DEFAULT '', ADD COLUMN collector text NOT NULL DEFAULT ''",
    """
    UPDATE history SET service = CAST(body AS jsonb) ->> 'service', collector = CAST(body AS jsonb) ->> 'collector'
    """,
    "CREATE INDEX history_by_service ON history (site, service, observed_at)",
    """
    CREATE TABLE tallies (
        site text NOT NULL,
        service text NOT NULL,
        collector text NOT NULL,
        width text NOT NULL,
        start timestamptz NOT NULL,
        good integer NOT NULL,
        seen integer NOT NULL,
        PRIMARY KEY (site, service, collector, width, start)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX tallies_by_age ON tallies (width, start)",
    """
    CREATE TABLE switches (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        site text NOT NULL,
        service text NOT NULL,
        collector text NOT NULL,
        enabled boolean NOT NULL,
        reason text NOT NULL,
        issuer text NOT NULL,
        subject text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX switches_by_service ON switches (site, service, collector, seq)",
    """
    CREATE TABLE trials (
        deployment_id text NOT NULL,
        trial integer NOT NULL,
        site text NOT NULL,
        service text NOT NULL,
        started_at timestamptz NOT NULL,
        PRIMARY KEY (deployment_id, trial)
    )
    """,
    "CREATE INDEX trials_by_age ON trials (started_at)",
)


def upgrade() -> None:
    """Change everything."""
    for statement in CHANGES:
        op.execute(statement)
