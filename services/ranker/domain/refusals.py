"""Every reason against every service, in a few bits each; put into words for those that are told."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.counterfactual import to_pass
from services.ranker.domain.feasible import Filter
from shared.contracts.ranking import Rejection
from shared.contracts.vocabulary import ServiceId, SiteId

MANY = "*"
"""Stands for the site and the service in a line about many."""


class Refusals:
    """Which filters refused which rows. A service is refused when all its rows are; its nearest miss speaks for it."""

    def __init__(self, board: Board, filters: Sequence[Filter]) -> None:
        self._board = board
        self._filters = filters
        self._bits = np.zeros(len(board.table), np.uint64)
        self._stage = np.zeros(len(board.table), np.int8)

    def note(self, number: int, rows: Rows) -> None:
        """The filter of this number refuses these rows."""
        self._bits[rows] |= np.uint64(1 << number)
        self._stage[rows] = self._filters[number].stage

    def nearest(self, fitting: Rows) -> tuple[Rows, Rows]:
        """A row for each refused service, nearest miss first, and how many reasons each has.

        Nearer is who came to a later stage, and then who has fewer reasons against it.
        """
        counts = np.bitwise_count(self._bits).astype(np.intp)
        rows = np.flatnonzero(counts)
        if self._board.table.divided:
            rows = self._speakers(rows, counts, fitting)
        ordered = rows[np.lexsort((rows, counts[rows], -self._stage[rows]))]
        return ordered, counts[ordered]

    def words(self, rows: Iterable[int]) -> Iterator[Rejection]:
        """Every reason against these rows."""
        for row in rows:
            case, bits = Case(self._board, int(row)), int(self._bits[row])
            for number, one in enumerate(self._filters):
                if bits >> number & 1:
                    reason = one.reason(case)
                    yield Rejection(
                        site=case.offer.site.site,
                        service=case.offer.service.id,
                        filter=one.name,
                        needed=reason.needed,
                        available=reason.available,
                        sentence=reason.sentence,
                        counterfactual=to_pass(reason.unless),
                    )

    def summary(self, rows: Rows) -> Iterator[Rejection]:
        """A line for each filter that refuses any of these rows."""
        for number, one in enumerate(self._filters):
            count = int(np.count_nonzero(self._bits[rows] >> np.uint64(number) & np.uint64(1)))
            if count:
                yield about_many(one.name, count, f"{count} more services are refused by the filter {one.name}.")

    def _speakers(self, rows: Rows, counts: Rows, fitting: Rows) -> Rows:
        """Of each service that does not fit, the row that came nearest."""
        service = self._board.table.service_of
        lost: Mask = ~np.isin(service[rows], service[fitting])
        rows = rows[lost]
        rows = rows[np.lexsort((rows, counts[rows], -self._stage[rows], service[rows]))]
        first = np.ones(len(rows), np.bool_)
        first[1:] = service[rows][1:] != service[rows][:-1]
        return rows[first]


def about_many(name: str, count: int, sentence: str) -> Rejection:
    """One line about so many services."""
    return Rejection(
        site=SiteId(MANY),
        service=ServiceId(MANY),
        filter=name,
        needed="",
        available=f"{count} services",
        sentence=sentence,
    )
