"""Sites are put together from layers; revisions, history and tombstones."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """
    CREATE TABLE layers (
        site text NOT NULL,
        layer text NOT NULL,
        document jsonb NOT NULL,
        founds boolean NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (site, layer)
    )
    """,
    """
    INSERT INTO layers (site, layer, document, founds, at)
    SELECT site, 'file', body::jsonb - 'site', true, changed_at FROM sites
    """,
    "ALTER TABLE sites ALTER COLUMN body TYPE jsonb USING body::jsonb",
    """
    ALTER TABLE sites
        ADD COLUMN document jsonb,
        ADD COLUMN provenance jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN revision bigint NOT NULL DEFAULT 1,
        ADD COLUMN status text NOT NULL DEFAULT 'active',
        ADD COLUMN due_at timestamptz,
        ADD COLUMN removed_at timestamptz,
        ADD COLUMN removed_by text
    """,
    "UPDATE sites SET document = body - 'site'",
    "ALTER TABLE sites ALTER COLUMN document SET NOT NULL",
    "CREATE INDEX sites_due ON sites (due_at) WHERE due_at IS NOT NULL",
    """
    CREATE TABLE history (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        site text NOT NULL,
        revision bigint NOT NULL,
        at timestamptz NOT NULL,
        by text NOT NULL,
        path text NOT NULL,
        before jsonb,
        after jsonb
    )
    """,
    "CREATE INDEX history_of_a_site ON history (site, id)",
    """
    CREATE TABLE tombstones (
        site text NOT NULL,
        path text NOT NULL,
        removed_at timestamptz NOT NULL,
        removed_by text NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (site, path)
    )
    """,
    "CREATE INDEX tombstones_by_age ON tombstones (removed_at)",
)


def upgrade() -> None:
    """What was described so far is what the folder said."""
    for statement in STATEMENTS:
        op.execute(statement)
