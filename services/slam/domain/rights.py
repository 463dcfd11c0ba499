"""Who somebody is to an agreement."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.slam.domain.lifecycle import Role, Status
from services.slam.domain.record import Record
from services.slam.domain.sites import same
from services.slam.domain.terms import Terms
from shared.contracts.vocabulary import Principal


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts or reads, with the groups the issuer vouches for."""

    principal: Principal
    groups: frozenset[str]
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Naming:
    """How issuers spell that somebody is in a group, and that somebody manages it: `{group}` stands for its name."""

    members: tuple[str, ...]
    managers: tuple[str, ...]


class Rights:
    """The one place that says who is who. A group's name counts without its leading slash."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def roles(self, person: Person, terms: Terms, owners: Iterable[Principal], *, new: bool = False) -> frozenset[Role]:
        """As what somebody may act. In a `new` agreement the list of managers is nobody's word yet."""
        listed = not new and any(same(person.principal, manager) for manager in terms.managers)
        manages = _vouched(person, terms.issuer) and person.groups & _spelt(self._naming.managers, terms.group)
        found = {
            Role.CUSTOMER: listed or bool(manages),
            Role.OWNER: any(same(person.principal, owner) for owner in owners),
            Role.ADMIN: person.admin,
        }
        return frozenset(role for role, holds in found.items() if holds)

    def may_read(self, person: Person, record: Record, owners: Iterable[Principal]) -> bool:
        """Members of the group, administrators, and owners of the site once it was sent to them."""
        if person.admin or record.status is Status.DELETED:
            return person.admin
        roles = self.roles(person, record.terms, owners)
        sent = record.status is not Status.DRAFT
        member = self.member(person, record.terms.group, record.terms.issuer)
        return member or Role.CUSTOMER in roles or (Role.OWNER in roles and sent)

    def groups(self, person: Person) -> frozenset[str]:
        """The names of all groups that somebody may be in by what the issuer says, without a leading slash."""
        spellings = [spelling.partition("{group}") for spelling in (*self._naming.members, *self._naming.managers)]
        return frozenset(
            group[len(before) : len(group) - len(after)]
            for group in person.groups
            for before, _, after in spellings
            if group.startswith(before) and group.endswith(after) and len(group) > len(before) + len(after)
        )

    def member(self, person: Person, group: str, issuer: str | None = None) -> bool:
        """Whether the person's issuer says that they are in the group, and is the one that counts for it."""
        spellings = (*self._naming.members, *self._naming.managers)
        return _vouched(person, issuer) and bool(person.groups & _spelt(spellings, group))


def _vouched(person: Person, issuer: str | None) -> bool:
    return issuer is None or issuer.rstrip("/") == person.principal.issuer.rstrip("/")


def _spelt(spellings: tuple[str, ...], group: str) -> frozenset[str]:
    return frozenset(spelling.replace("{group}", group.removeprefix("/")) for spelling in spellings)
