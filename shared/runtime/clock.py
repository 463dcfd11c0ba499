"""The one place that reads the clock for the services; everybody below `main` is handed it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)
