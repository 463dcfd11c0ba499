"""What the agreements of one group allow it, in columns: which agreements cover which rows, in which order."""

from collections.abc import Mapping, Sequence

import numpy as np

from services.ranker.domain.amounts import row_of
from services.ranker.domain.columns import Floats, Mask, Rows
from services.ranker.domain.table import WIDTH, Table
from services.ranker.domain.told import Agreements
from shared.contracts.agreements import AgreementChanged
from shared.contracts.vocabulary import AgreementId, SiteId

NONE = -1


class Rights:
    """The group's agreements, numbered. `layers` have for each row the number of the first, second, … that covers it.

    Of several the highest priority for the service's type comes first; whether they are in force is asked later.
    """

    def __init__(self, table: Table, by_site: Mapping[SiteId, Agreements]) -> None:
        told = [one for site in sorted(by_site) for one in by_site[site]]
        self.agreements: Sequence[AgreementChanged] = [one.fact for one in told]
        self.told_at = [one.at for one in told]
        self.ids: Sequence[AgreementId] = [one.agreement for one in self.agreements]
        self.number = {agreement: number for number, agreement in enumerate(self.ids)}
        self.starts = np.array([one.starts.timestamp() for one in self.agreements])
        self.ends = np.array([one.ends.timestamp() if one.ends else np.inf for one in self.agreements])
        self.binds: Mask = np.array([one.state.binds for one in self.agreements], np.bool_)
        self.limits = self._columns([row_of(one.limits, np.inf) for one in self.agreements])
        self.user_limits = self._columns([row_of(one.user_limits, np.inf) for one in self.agreements])
        self.instance_limits = self._columns([row_of(one.instance_limits, np.inf) for one in self.agreements])
        self.unknown: Mask = np.array([bool(one.unknown) for one in self.agreements], np.bool_)
        self._theirs: dict[str, Mask] = {}
        self.layers: list[Rows] = []
        self.priorities: list[Floats] = []
        self._spread(table, by_site)

    def in_force(self, at: float, issuer: str) -> Mask:
        """Which agreements let users of this issuer in at this time."""
        theirs = self._theirs.get(issuer)
        if theirs is None:
            open_to = (one.issuer is None or one.issuer == issuer for one in self.agreements)
            theirs = self._theirs[issuer] = np.fromiter(open_to, np.bool_, len(self.agreements))
        usable: Mask = self.binds & theirs & (self.starts <= at) & (at < self.ends)
        return usable

    def _columns(self, rows: Sequence[Sequence[float]]) -> Floats:
        return np.ascontiguousarray(np.array(rows, np.float64).reshape(len(rows), WIDTH).T)

    def _spread(self, table: Table, by_site: Mapping[SiteId, Agreements]) -> None:
        for site, agreements in by_site.items():
            rows = table.sites.get(site)
            if rows is None or not agreements:
                continue
            if len(agreements) == 1 and not agreements[0].fact.services and not agreements[0].fact.priorities:
                self._put(0, rows, agreements[0].fact, agreements[0].fact.priority, len(table))
                continue
            for row in rows:
                service = table.offers[row].service
                covering = [one.fact for one in agreements if not one.fact.services or service.id in one.fact.services]
                ordered = sorted(covering, key=lambda one: (-priority(one, service.type), one.agreement))
                for depth, one in enumerate(ordered):
                    self._put(depth, range(row, row + 1), one, priority(one, service.type), len(table))

    def _put(self, depth: int, rows: range, agreement: AgreementChanged, rank: int, size: int) -> None:
        if depth == len(self.layers):
            self.layers.append(np.full(size, NONE, np.intp))
            self.priorities.append(np.zeros(size))
        self.layers[depth][rows.start : rows.stop] = self.number[agreement.agreement]
        self.priorities[depth][rows.start : rows.stop] = rank


def priority(agreement: AgreementChanged, service_type: str) -> int:
    """What the agreement says of services of this type, or of all."""
    return agreement.priorities.get(service_type, agreement.priority)
