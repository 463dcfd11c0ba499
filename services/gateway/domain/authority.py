"""Who may do what to a deployment: one table, and whatever is not in it is refused.

A group is a group of one issuer: the same name under another issuer is another group, and the same subject under
another issuer is another person.
"""

from enum import StrEnum
from typing import NamedTuple

from services.gateway.domain.view import View
from shared.contracts.vocabulary import Principal


class Deed(StrEnum):
    """What may be done to a deployment."""

    SEE = "see"
    REVEAL = "reveal"
    CHANGE = "change"
    REMOVE = "remove"


class Standing(StrEnum):
    """What somebody is to a deployment."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    STRANGER = "stranger"


class Who(NamedTuple):
    """Somebody, as the issuer says: in these groups, an administrator of this issuer's users or not."""

    principal: Principal
    groups: tuple[str, ...]
    admin: bool


ALLOWED: dict[Standing, frozenset[Deed]] = {
    Standing.OWNER: frozenset(Deed),
    Standing.ADMIN: frozenset({Deed.SEE, Deed.CHANGE, Deed.REMOVE}),
    Standing.MEMBER: frozenset({Deed.SEE}),
    Standing.STRANGER: frozenset(),
}
IN_THE_GROUP = frozenset({Deed.CHANGE, Deed.REMOVE})
"""What an owner may do only while being in the deployment's group: it uses what the group was given."""


def standing(who: Who, view: View) -> Standing:
    """What somebody is to a deployment."""
    if who.principal == view.owner:
        return Standing.OWNER
    if who.principal.issuer != view.owner.issuer:
        return Standing.STRANGER
    if who.admin:
        return Standing.ADMIN
    return Standing.MEMBER if view.user_group is not None and view.user_group in who.groups else Standing.STRANGER


def refusal(who: Who, view: View, deed: Deed) -> str | None:
    """Why somebody may not do it, or `None`. Whoever may not even see the deployment must not hear that it exists."""
    being = standing(who, view)
    if deed not in ALLOWED[being]:
        return f"You may not {deed} this deployment: you are not its owner."
    if being is Standing.OWNER and deed in IN_THE_GROUP and view.user_group not in (None, *who.groups):
        return f"You are no longer a member of the group {view.user_group!r}, for which this deployment was made."
    return None
