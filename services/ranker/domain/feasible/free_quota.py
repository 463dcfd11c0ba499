"""Enough is left for the request: of every quota that counts, and under one of the agreements."""

import numpy as np

from services.ranker.domain.accounting import room_of
from services.ranker.domain.amounts import DIMENSIONS, said
from services.ranker.domain.amounts import number as digits
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows, at_rows
from services.ranker.domain.rights import NONE
from services.ranker.domain.room import GRAIN, Account, Room
from services.ranker.domain.stage import Stage

STAGE = Stage.ROOM

Shortage = tuple[str, float, float, float]
"""What runs short, how much is needed, how much is free, of how much."""


def check(board: Board, rows: Rows) -> Mask:
    """Settle the agreement: the first under which there is room. What is held counts, on its way or standing."""
    board.room = room = room_of(board, rows)
    free = np.ones(len(rows), np.bool_)
    for account in room.accounts:
        free &= ~account.short(room.needed)
    return free & _settled(board, room)


def reason(case: Case) -> Reason:
    """What runs short of whose account."""
    room, name = _room(case), case.offer.name
    place = room.place(case.row)
    needed, largest = room.needed[:, place].tolist(), room.largest[:, place].tolist()
    for account in room.accounts:
        if short := _shortages(needed, account, place):
            return _reason(short, f"{name} has", account.of)
    for number in (one for one in case.agreements if case.board.usable[one]):
        whose = f"Under agreement {case.board.rights.ids[number]}, {case.ask.group} has"
        for account in room.agreements:
            if short := _shortages(needed, account, number):
                return _reason(short, whose, account.of)
        if short := _shortages(largest, room.machine, number):
            return _machine_reason(short, case.board.rights.ids[number])
    raise LookupError(f"{name} has room")


def _settled(board: Board, room: Room) -> Mask:
    found = np.full(len(room.rows), NONE, np.intp)
    rank = np.zeros(len(room.rows))
    for layer, priorities in zip(board.rights.layers, board.rights.priorities, strict=True):
        numbers = at_rows(layer, room.rows)
        fits = (found == NONE) & (numbers != NONE) & board.usable[numbers]
        for account in room.agreements:
            fits &= ~account.short(room.needed, numbers)
        fits &= ~room.machine.short(room.largest, numbers)
        found = np.where(fits, numbers, found)
        rank = np.where(fits, at_rows(priorities, room.rows), rank)
    board.agreement[room.rows] = found
    board.priority[room.rows] = rank
    return np.asarray(found != NONE, np.bool_)


def _room(case: Case) -> Room:
    if case.board.room is None:
        raise LookupError("room is not settled yet")
    return case.board.room


def _shortages(needed: list[float], account: Account, place: int) -> list[Shortage]:
    limits, uses = account.limits_at(place), account.used_at(place)
    return [
        (name, need, max(0.0, limit - used), limit)
        for name, need, limit, used in zip(DIMENSIONS, needed, limits, uses, strict=True)
        if need > 0 and need > limit - used + GRAIN
    ]


def _reason(short: list[Shortage], who: str, whose: str) -> Reason:
    needed = ", ".join(said(name, need) for name, need, _, _ in short)
    free = ", ".join(said(name, left) for name, _, left, _ in short)
    of = ", ".join(f"{digits(left)} of {said(name, limit)}" for name, _, left, limit in short)
    more = ", ".join(said(name, need - left) for name, need, left, _ in short)
    return Reason(needed, free, f"{who} {of} free; {needed} needed.", f"{more} more of the {whose}'s quota")


def _machine_reason(short: list[Shortage], agreement: str) -> Reason:
    needed = ", ".join(said(name, need) for name, need, _, _ in short)
    allowed = ", ".join(said(name, limit) for name, _, _, limit in short)
    sentence = f"Agreement {agreement} allows a machine {allowed} at most; {needed} needed."
    return Reason(needed, allowed, sentence, f"machines of {allowed} at most")
