"""One row of the board, for whoever puts into words what was decided for all of them."""

from dataclasses import dataclass

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.offer import Offer, Place
from services.ranker.domain.rights import NONE
from services.ranker.domain.sight import Sight
from services.ranker.domain.told import Told
from shared.contracts.agreements import AgreementChanged
from shared.contracts.sites import Flavour


@dataclass(frozen=True, slots=True)
class Case:
    """The request at one offer."""

    board: Board
    row: int

    @property
    def ask(self) -> Ask:
        """What is asked for."""
        return self.board.ask

    @property
    def offer(self) -> Offer:
        """Of whom."""
        return self.board.table.offers[self.row]

    @property
    def place(self) -> Place:
        """Where this is."""
        return self.offer.place

    @property
    def sight(self) -> Sight | None:
        """What was last seen of the service."""
        return self.board.federation.sight(self.place)

    @property
    def agreement(self) -> Told[AgreementChanged]:
        """The agreement that was chosen. Raises `IndexError` for a row that does not fit."""
        number = int(self.board.agreement[self.row])
        if number == NONE:
            raise IndexError(self.row)
        return Told(self.board.rights.agreements[number], self.board.rights.told_at[number])

    @property
    def agreements(self) -> list[int]:
        """The numbers of the group's agreements that cover the row, in order, whether they may be used or not."""
        return [int(layer[self.row]) for layer in self.board.rights.layers if layer[self.row] != NONE]

    def flavour(self, machine: int) -> Flavour | None:
        """What was chosen for a machine."""
        if not self.board.flavours:
            return None
        number = int(self.board.flavours[machine][self.row])
        start = int(self.board.table.flavour_start[self.row])
        return None if number == NONE else self.offer.flavours[number - start]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a service cannot run the request: what was needed, what there is, and a sentence for people.

    `unless` says what would have to be different.
    """

    needed: str
    available: str
    sentence: str
    unless: str = ""
