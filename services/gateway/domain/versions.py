"""Which version of a deployment somebody saw: what it asks for, and how far that has come."""

from collections.abc import Sequence

from services.gateway.domain.view import View

ANY = "*"


def version(view: View) -> str:
    """The same for as long as neither what is asked for nor the status has changed."""
    return f"{view.revision}.{view.status}"


def is_wanted(view: View, wanted: Sequence[str]) -> bool:
    """Whether it is one of these versions; no wish and `*` mean any."""
    return not wanted or ANY in wanted or version(view) in wanted
