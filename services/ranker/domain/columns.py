"""Numbers about many things side by side, so that a question is asked of all of them at once."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
K = TypeVar("K", bound=Hashable)
S = TypeVar("S", bound=np.generic)
Places = Mapping[K, Sequence[int]]
"""Where in a table each thing stands."""

ROOM = 16


def at_rows(column: NDArray[S], rows: Rows) -> NDArray[S]:
    """A column at these rows, which are in order and each there once; not copied when they are all there are."""
    return column if len(rows) == len(column) else column[rows]


class Columns(Generic[K]):
    """Rows of `width` numbers by key. What was never put is all zeros."""

    def __init__(self, width: int, rows: Mapping[K, Sequence[float]] | None = None) -> None:
        known = rows or {}
        self._width = width
        self._index: dict[K, int] = {key: position for position, key in enumerate(known, start=1)}
        self._values: Floats = np.zeros((len(known) + ROOM, width))
        if known:
            self._values[1 : len(known) + 1] = list(known.values())
        self._seats: _Seats[K] = _Seats()
        self._shares_index = self._shares_values = False

    def fork(self) -> "Columns[K]":
        """A copy that may change without this one changing, and the other way round; costs nothing until one does."""
        other: Columns[K] = Columns(self._width)
        other._index, other._values, other._seats = self._index, self._values, self._seats
        self._shares_index = self._shares_values = other._shares_index = other._shares_values = True
        return other

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._index)

    def get(self, key: K) -> Floats:
        """The numbers of a key."""
        found: Floats = self._values[self._index.get(key, 0)]
        return found

    def items(self) -> Iterable[tuple[K, list[float]]]:
        """Every key with its numbers, in the order they came."""
        return ((key, self._values[position].tolist()) for key, position in self._index.items())

    def put(self, key: K, values: Sequence[float] | Floats) -> None:
        """From now on these are the numbers of `key`."""
        position = self._index.get(key)
        if position is None:
            if self._shares_index:
                self._index, self._seats, self._shares_index = dict(self._index), self._seats.copy(), False
            position = self._index[key] = len(self._index) + 1
        if position >= len(self._values):
            self._values, self._shares_values = np.concatenate((self._values, np.zeros_like(self._values))), False
        elif self._shares_values:
            self._values, self._shares_values = self._values.copy(), False
        self._values[position] = values

    def of(self, keys: Sequence[K]) -> Floats:
        """The numbers of these keys, row by row."""
        if not self._index:
            return np.zeros((len(keys), self._width))
        find = self._index.get
        return self._values[np.fromiter((find(key, 0) for key in keys), np.intp, len(keys))]

    def along(self, table: Places[K], rows: Rows, size: int) -> Floats:
        """The numbers of what stands at these rows of a table of this size; of the same table it is quick."""
        if not self._index:
            return np.zeros((len(rows), self._width))
        return self._values[self.seats(table, size)[rows]]

    def seats(self, table: Places[K], size: int) -> Rows:
        """For each row of a table, which of `values` is its."""
        return self._seats.of(table, size, self._index)

    @property
    def values(self) -> Floats:
        """All numbers; the first row is that of what was never put."""
        return self._values[: len(self._index) + 1]


class _Seats(Generic[K]):
    """Where the keys of an index stand in the table that was asked for last; kept up as the index grows."""

    def __init__(self) -> None:
        self._table: Places[K] | None = None
        self._known = 0
        self._positions: Rows = np.zeros(0, np.intp)

    def copy(self) -> "_Seats[K]":
        other: _Seats[K] = _Seats()
        other._table, other._known, other._positions = self._table, self._known, self._positions.copy()
        return other

    def of(self, table: Places[K], size: int, index: Mapping[K, int]) -> Rows:
        if self._table is not table:
            self._table, self._known, self._positions = table, 0, np.zeros(size, np.intp)
        if self._known < len(index):
            for key, position in islice(index.items(), self._known, None):
                for row in table.get(key, ()):
                    self._positions[row] = position
            self._known = len(index)
        return self._positions
