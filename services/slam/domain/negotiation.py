"""What a new offer may change of what stands, and what must hold when both sides sign."""

from datetime import datetime

from services.slam.domain.lifecycle import Act, Role
from services.slam.domain.terms import Terms

FIXED = ("group", "issuer", "site")
THE_CUSTOMERS = ("managers", "priority", "priorities")
BINDING = (Act.ACCEPT, Act.SEND, Act.RECORD, Act.RESUME, Act.RENEW, Act.ENABLE)


def kept_apart(standing: Terms, offered: Terms, roles: frozenset[Role]) -> str | None:
    """Why an offer cannot take the place of what stands: who agrees with whom is fixed, and some things are not theirs.

    An owner who could name the group's managers would soon agree with himself.
    """
    fixed = FIXED if roles & {Role.CUSTOMER, Role.ADMIN} else FIXED + THE_CUSTOMERS
    for name in fixed:
        if getattr(standing, name) != getattr(offered, name):
            whose = "is fixed once an agreement is there" if name in FIXED else "is for the group to say"
            return f"{name} {whose}; leave it as it is, or write another agreement."
    return None


def too_late(act: Act, terms: Terms, at: datetime) -> str | None:
    """Why nobody can agree to this any more: its end has passed."""
    if act in BINDING and terms.ends is not None and at >= terms.ends:
        return f"Its end, {terms.ends.isoformat()}, has passed; offer other dates first."
    return None
