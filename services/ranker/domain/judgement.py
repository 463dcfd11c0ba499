"""What a strategy says of the rows that fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.ranker.domain.case import Case
from services.ranker.domain.columns import Floats, Rows
from services.ranker.domain.scores import Term
from services.ranker.domain.worth import Worth
from shared.contracts.ranking import Score, ScoreTerm


@dataclass(frozen=True, slots=True)
class Judgement:
    """For each of `rows`: the index that orders it, chance of success, expected seconds, and every term's worth.

    `rank` goes before the index, higher first: the agreement's priority, unless the strategy has none. With
    `by_time` the index is success over expected seconds, so that it can be said what would make a row the first.
    """

    rows: Rows
    rank: Floats
    index: Floats
    success: Floats
    expected: Floats
    worths: tuple[tuple[Term, Worth], ...] = ()
    by_time: bool = False

    def order(self, most: int | None = None) -> Rows:
        """Positions in `rows`, best first; of equals, the earlier row. At most so many, if it is said how many."""
        positions: Rows = np.arange(len(self.rows))
        if most is not None and most < len(positions):
            bound = np.partition(self.rank, -most)[-most]
            above = int(np.count_nonzero(self.rank > bound))
            tied = np.where(self.rank == bound, self.index, -np.inf)
            enough = np.partition(tied, above - most)[above - most]
            positions = np.flatnonzero((self.rank > bound) | (tied >= enough))
        ordered = np.lexsort((self.rows[positions], -self.index[positions], -self.rank[positions]))
        return positions[ordered[:most]]

    def scores(self, positions: Rows, cases: Sequence[Case]) -> Sequence[Score]:
        """The scores of the rows at these positions, each with its arithmetic."""
        told = [[*_told(term, worth, positions, cases)] for term, worth in self.worths]
        numbers = (column[positions].tolist() for column in (self.index, self.success, self.expected))
        return [
            Score(index=index, success=success, expected=expected, terms=tuple(one[place] for one in told))
            for place, (index, success, expected) in enumerate(zip(*numbers, strict=True))
        ]


def _told(term: Term, worth: Worth, positions: Rows, cases: Sequence[Case]) -> Iterator[ScoreTerm]:
    values = worth.value[positions].tolist()
    words = [""] * len(cases)
    if worth.odds is not None:
        words = [f" ({one:+.2f} log-odds)" for one in _at(worth.odds, positions)]
    if worth.seconds is not None:
        words = [f"{said} ({one:+.0f} s)" for said, one in zip(words, _at(worth.seconds, positions), strict=True)]
    for case, value, said in zip(cases, values, words, strict=True):
        yield ScoreTerm(name=term.name, value=value, sentence=term.sentence(case, value) + said)


def _at(column: Floats, positions: Rows) -> list[float]:
    """Rounded to what is shown, and without the sign of nothing."""
    return [one + 0.0 for one in np.round(column[positions], 2).tolist()]
