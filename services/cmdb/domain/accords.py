"""Which groups have an agreement with which site, as far as slam has told."""

from collections.abc import Iterable
from datetime import datetime

from shared.contracts.agreements import AgreementChanged


class Accords:
    """The agreements at a moment. Two are equal when they would answer alike.

    Where nothing was ever agreed, that a site names a group in a project is all there is, and enough.
    """

    def __init__(self, agreements: Iterable[AgreementChanged], at: datetime) -> None:
        self._agreed: set[tuple[str, str]] = set()
        self._in_force: dict[tuple[str, str], list[AgreementChanged]] = {}
        for agreement in sorted(agreements, key=lambda one: one.agreement):
            place = (agreement.site, _plain(agreement.group))
            self._agreed.add(place)
            if agreement.state.binds and agreement.starts <= at and (agreement.ends is None or at < agreement.ends):
                self._in_force.setdefault(place, []).append(agreement)

    def __eq__(self, other: object) -> bool:
        mine = (self._agreed, self._in_force)
        return isinstance(other, Accords) and mine == (other._agreed, other._in_force)

    __hash__ = None  # type: ignore[assignment]  # it is compared, never kept in a set

    def of(self, site: str, issuer: str, group: str) -> AgreementChanged | None:
        """The agreement that is in force between a site and a group of an issuer."""
        found = self._in_force.get((site, _plain(group)), [])
        return next((one for one in found if one.issuer is None or one.issuer.rstrip("/") == issuer.rstrip("/")), None)

    def let_in(self, site: str, issuer: str, group: str) -> bool:
        """Whether the group may be there now: nothing was agreed at all, or what was agreed is in force."""
        return (site, _plain(group)) not in self._agreed or self.of(site, issuer, group) is not None


def _plain(group: str) -> str:
    return group.removeprefix("/")
