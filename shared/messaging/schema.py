"""The tables of the plumbing. Every service has its own in its own schema; migrations name a version of this."""

PLUMBING_1 = (
    """
    CREATE TABLE inbox (
        consumer text NOT NULL,
        message_id text NOT NULL,
        handled_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
    )
    """,
    "CREATE INDEX inbox_by_age ON inbox (handled_at)",
    """
    CREATE TABLE outbox (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic text NOT NULL,
        key text NOT NULL,
        headers text NOT NULL,
        value bytea,
        written_at timestamptz NOT NULL DEFAULT now()
    ) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000)
    """,
    """
    CREATE TABLE deadlines (
        id text PRIMARY KEY,
        about_key text NOT NULL,
        due_at timestamptz NOT NULL,
        topic text NOT NULL,
        headers text NOT NULL,
        value bytea NOT NULL
    )
    """,
    "CREATE INDEX deadlines_by_due ON deadlines (due_at)",
    "CREATE INDEX deadlines_by_key ON deadlines (about_key)",
)

OUTBOX_CHANNEL = "corale_outbox"
"""NOTIFY channel; the payload is the schema's name, so that relays of one database wake for their own rows only."""
