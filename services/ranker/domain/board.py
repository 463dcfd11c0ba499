"""One request before the whole federation: what is known for every row, and what the filters settle one by one."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from services.ranker.domain.amounts import DIMENSIONS, Amounts
from services.ranker.domain.ask import Ask, Machine
from services.ranker.domain.books import Books
from services.ranker.domain.columns import Floats, Mask, Rows, at_rows
from services.ranker.domain.federation import Federation
from services.ranker.domain.outlook import Outlook, outlook
from services.ranker.domain.rights import NONE, Rights
from services.ranker.domain.room import Room
from services.ranker.domain.table import WIDTH, Table
from services.ranker.domain.weights import Weights


class Board:
    """`ask` before `table`. Rows are positions in the table; arrays of all rows are as long as it.

    Filters settle, in this order: `usable` (which of the group's agreements may be used), `flavours` (for each machine
    the number of every row's flavour in the table, or `NONE`), `room` and `agreement` (by number, for every row).
    """

    def __init__(self, ask: Ask, federation: Federation, books: Books, weights: Weights) -> None:
        self.ask = ask
        self.federation = federation
        self.books = books
        self.weights = weights
        self.table: Table = federation.table()
        self.rights: Rights = federation.rights(ask.group)
        self.at = ask.at.timestamp()
        self.usable: Mask = self.rights.in_force(self.at, ask.issuer)
        self.flavours: Sequence[Rows] = ()
        self.room: Room | None = None
        self.agreement: Rows = np.full(len(self.table), NONE, np.intp)
        self.priority: Floats = np.zeros(len(self.table))

    def covered(self, rows: Rows) -> Mask:
        """Which of these rows a usable agreement covers."""
        found = np.zeros(len(rows), np.bool_)
        for layer in self.rights.layers:
            numbers = at_rows(layer, rows)
            found |= (numbers != NONE) & self.usable[numbers]
        return found

    def needed(self, rows: Rows) -> Floats:
        """How much the request takes at each of these rows, by dimension and row."""
        total = np.empty((WIDTH, len(rows)))
        total[:] = np.array(self.ask.beside_machines, np.float64)[:, np.newaxis]
        for number, machine in enumerate(self.ask.machines):
            for dimension, taken in enumerate(self.one(number, rows)):
                total[dimension] += machine.count * taken
        return total

    def largest(self, rows: Rows) -> Floats:
        """The most that one machine takes at each of these rows, by dimension and row."""
        total = np.zeros((WIDTH, len(rows)))
        for number in range(len(self.ask.machines)):
            for dimension, taken in enumerate(self.one(number, rows)):
                np.maximum(total[dimension], taken, out=total[dimension])
        return total

    def one(self, number: int, rows: Rows) -> Sequence[float | Floats]:
        """What one instance of a machine takes: its flavour's size, or what is asked for where there is no flavour.

        Disk is volumes and the disks that machines ask for by size; a flavour's own disk comes with the machine.
        """
        asked = asked_of(self.ask.machines[number])
        if not self.flavours or not len(self.table.flavour_owner):
            return asked
        chosen = at_rows(self.flavours[number], rows)
        there = chosen != NONE

        def size(name: str, otherwise: float) -> Floats:
            return np.where(there, self.table.sizes[name][chosen], otherwise)

        chosen_sizes = {name: size(name, getattr(asked, name)) for name in ("cpus", "memory", "gpus")}
        return [chosen_sizes.get(name, amount) for name, amount in zip(DIMENSIONS, asked, strict=True)]

    @cached_property
    def outlook(self) -> Outlook:
        """What is expected of a trial at every row, from experience alone."""
        return outlook(self.table, self.books.lore, self.ask.sort, self.at, self.weights)


def asked_of(machine: Machine) -> Amounts:
    """What one instance of the machine asks for."""
    needs = machine.needs
    return Amounts(
        cpus=needs.cpus or 0,
        memory=needs.memory or 0,
        instances=1,
        disk=needs.disk or 0,
        gpus=needs.gpus,
        public_addresses=needs.public_address,
    )
