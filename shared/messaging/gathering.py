"""When there is much to do, wait a moment, so that more share a transaction; when there is little, do it at once."""

EACH = 0.002
LONGEST = 0.02


def moment(taken: int) -> float:
    """How long to wait, in seconds, before taking more, after a round in which so much was taken."""
    return min(LONGEST, EACH * taken) if taken > 1 else 0.0
