"""Agreements have a life: who decided what, every version of them, and when dates change them next."""

from alembic import op

revision = "0002"
down_revision = "0001"

STEPS = (
    "ALTER TABLE agreements RENAME COLUMN body TO told",
    """
    ALTER TABLE agreements
        ALTER COLUMN told DROP NOT NULL,
        ADD COLUMN site text,
        ADD COLUMN status text,
        ADD COLUMN source text,
        ADD COLUMN revision bigint NOT NULL DEFAULT 1,
        ADD COLUMN terms text,
        ADD COLUMN state text,
        ADD COLUMN next_at timestamptz
    """,
    # Until now every agreement was a file's. Its limits come back as targets when the folder is read next.
    """
    UPDATE agreements SET
        of_group = regexp_replace(of_group, '^/', ''),
        site = CAST(told AS jsonb) ->> 'site',
        state = CAST(told AS jsonb) ->> 'state',
        status = CASE CAST(told AS jsonb) ->> 'state'
            WHEN 'terminated' THEN 'terminated' WHEN 'suspended' THEN 'suspended' ELSE 'signed' END,
        source = 'file',
        terms = CAST(CAST(told AS jsonb) - 'agreement' - 'state' - 'limits' AS text)
    """,
    """
    ALTER TABLE agreements
        ALTER COLUMN site SET NOT NULL,
        ALTER COLUMN status SET NOT NULL,
        ALTER COLUMN source SET NOT NULL,
        ALTER COLUMN terms SET NOT NULL
    """,
    "CREATE INDEX agreements_by_site ON agreements (site)",
    "CREATE INDEX agreements_by_next_change ON agreements (next_at) WHERE next_at IS NOT NULL",
    """
    CREATE TABLE versions (
        agreement text NOT NULL,
        revision bigint NOT NULL,
        at timestamptz NOT NULL,
        act text NOT NULL,
        status text NOT NULL,
        terms text NOT NULL,
        who text,
        comment text NOT NULL,
        PRIMARY KEY (agreement, revision)
    )
    """,
    """
    INSERT INTO versions (agreement, revision, at, act, status, terms, comment)
    SELECT agreement, revision, changed_at, 'file', status, terms, '' FROM agreements
    """,
)


def upgrade() -> None:
    """Keep what is known."""
    for statement in STEPS:
        op.execute(statement)
