"""Holdings by project and user, volumes counted, and all that is learned from trials."""

from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = (
    "ALTER TABLE holdings ADD COLUMN volumes double precision NOT NULL DEFAULT 0",
    "ALTER TABLE holdings ADD COLUMN project text NOT NULL DEFAULT ''",
    "ALTER TABLE holdings ADD COLUMN owner text NOT NULL DEFAULT ''",
    "ALTER TABLE holdings ADD COLUMN sort text NOT NULL DEFAULT ''",
    "CREATE INDEX holdings_of_a_user ON holdings (owner) WHERE state <> 'offered'",
    "ALTER TABLE accounts ADD COLUMN volumes double precision NOT NULL DEFAULT 0",
    "ALTER TABLE accounts ADD COLUMN project text NOT NULL DEFAULT ''",
    "ALTER TABLE accounts DROP CONSTRAINT accounts_pkey",
    "ALTER TABLE accounts ADD PRIMARY KEY (site, service, agreement, project)",
    "CREATE SEQUENCE accounts_told",
    "ALTER TABLE accounts ADD COLUMN told bigint NOT NULL DEFAULT nextval('accounts_told')",
    "CREATE INDEX accounts_told_since ON accounts (told)",
    "DROP TABLE experience",
    "CREATE SEQUENCE lore_told",
    """
    CREATE TABLE lore (
        site text NOT NULL,
        service text NOT NULL,
        sort text NOT NULL,
        succeeded double precision NOT NULL,
        failed double precision NOT NULL,
        recent double precision NOT NULL,
        log_good double precision NOT NULL,
        spread double precision NOT NULL,
        log_bad double precision NOT NULL,
        at double precision NOT NULL,
        told bigint NOT NULL,
        PRIMARY KEY (site, service, sort)
    ) WITH (fillfactor = 50)
    """,
    "CREATE INDEX lore_told_since ON lore (told)",
    """
    CREATE TABLE facts (
        id text PRIMARY KEY,
        told_at timestamptz NOT NULL,
        type text NOT NULL,
        body bytea NOT NULL,
        used_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX facts_used ON facts (used_at)",
    """
    CREATE TABLE fact_sets (
        digest text PRIMARY KEY,
        facts bytea NOT NULL,
        used_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX fact_sets_used ON fact_sets (used_at)",
    "ALTER TABLE rankings ADD COLUMN facts text",
    "ALTER TABLE rankings ADD COLUMN books bytea",
    "ALTER TABLE rankings ADD COLUMN method text NOT NULL DEFAULT ''",
    "CREATE INDEX rankings_by_time ON rankings (ranked_at)",
)


def upgrade() -> None:
    """Widen what there is; experience begins anew, because it is kept by sort of topology from now on."""
    for statement in CHANGES:
        op.execute(statement)
