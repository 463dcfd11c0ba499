"""How much is left, and of whose account: the service's, the project's, the user's in it, the agreement's."""

from typing import NamedTuple

import numpy as np

from services.ranker.domain.columns import Floats, Mask, Rows

GRAIN = 1e-6
"""Shares of cores are added up in binary; less than this is not a shortage."""

Column = Floats | None


class Account(NamedTuple):
    """Limits and what is used of them, a column for each dimension that counts; `of` says whose they are.

    A dimension without a limit anywhere has no column of limits; one that nothing is asked of has neither.
    """

    of: str
    limit: tuple[Column, ...]
    used: tuple[Column, ...]

    def short(self, needed: Floats, at: Rows | None = None) -> Mask:
        """Where more is needed of something than is left of it; `at` says which row of the account is meant."""
        found = np.zeros(needed.shape[1], np.bool_)
        for need, limit, used in zip(needed, self.limit, self.used, strict=True):
            if limit is not None and used is not None:
                free = limit - used + GRAIN
                found |= (need > (free if at is None else free[at])) & (need > 0)
        return found

    def share_left(self, needed: Floats, at: Rows | None = None) -> Floats:
        """The least share of any limit that would be left; one where nothing is limited."""
        left = np.ones(needed.shape[1])
        for need, limit, used in zip(needed, self.limit, self.used, strict=True):
            if limit is not None and used is not None:
                there, gone = (limit, used) if at is None else (limit[at], used[at])
                with np.errstate(divide="ignore", invalid="ignore"):
                    share = 1 - (gone + need) / there
                np.minimum(left, share, out=left, where=need > 0)
        return np.clip(left, 0.0, 1.0)

    def limits_at(self, place: int) -> list[float]:
        """The limits of one row, infinite where there is none."""
        return [np.inf if column is None else float(column[place]) for column in self.limit]

    def used_at(self, place: int) -> list[float]:
        """What is used in one row."""
        return [0.0 if column is None else float(column[place]) for column in self.used]


class Room(NamedTuple):
    """What there is at each of `rows` (in order) and what the request takes there, by dimension and row.

    `agreements` and `machine` go by number of the agreement: the group's account, the user's, and what one machine may
    have.
    """

    rows: Rows
    needed: Floats
    largest: Floats
    accounts: tuple[Account, ...]
    agreements: tuple[Account, ...]
    machine: Account

    def place(self, row: int) -> int:
        """Where a row of the table stands in here."""
        return int(np.searchsorted(self.rows, row))

    def needed_at(self, rows: Rows) -> Floats:
        """What the request takes at these rows of the table."""
        if len(rows) == len(self.rows):
            return self.needed
        return self.needed[:, np.searchsorted(self.rows, rows)]
