"""Draws up the accounts of a request: limits as told, and what is used as counted and as we know to be held."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeVar

import numpy as np

from services.ranker.domain.amounts import DIMENSIONS, Amounts
from services.ranker.domain.board import Board
from services.ranker.domain.columns import Columns, Floats, Rows, at_rows
from services.ranker.domain.offer import Place
from services.ranker.domain.room import Account, Column, Room
from services.ranker.domain.sight import PROJECT_USED, USED
from services.ranker.domain.table import Tenancy
from shared.contracts.vocabulary import AgreementId

K = TypeVar("K", AgreementId, Tenancy)
P = TypeVar("P", Place, Tenancy)
WIDTH = len(DIMENSIONS)
Measured = Callable[[int], Floats]


def room_of(board: Board, rows: Rows) -> Room:
    """The room at these rows. What nobody counts is what we know to be held."""
    needed, limits = board.needed(rows), board.rights.instance_limits
    largest = board.largest(rows) if np.isfinite(limits).any() else np.zeros_like(needed)
    asked = [bool(column.any()) for column in needed]
    return Room(
        rows=rows,
        needed=needed,
        largest=largest,
        accounts=tuple(_accounts(board, rows, asked)),
        agreements=tuple(_agreements(board, asked)),
        machine=_account("machine", asked, limits.__getitem__, lambda one: np.zeros_like(limits[one])),
    )


def _accounts(board: Board, rows: Rows, asked: list[bool]) -> Iterator[Account]:
    table, held = board.table, board.books.held
    size = len(table)
    standing, unseen = (_at(sums, table.places, rows, size) for sums in (held.places, held.unseen_places))
    used = partial(_used, table.seen[USED], rows, standing, unseen)
    yield _account("service", asked, lambda one: at_rows(table.quota[one], rows), used)
    if not table.divided:
        return
    standing, unseen = (_at(sums, table.projects, rows, size) for sums in (held.tenancies, held.unseen_tenancies))
    used = partial(_used, table.seen[PROJECT_USED], rows, standing, unseen)
    yield _account("project", asked, lambda one: at_rows(table.project_quota[one], rows), used)
    own = _sums((account.tenancy, amounts) for account, amounts in board.books.shares_of(board.ask.user))
    yield _account(
        "user", asked, lambda one: at_rows(table.user_quota[one], rows), _at(own, table.projects, rows, size)
    )


def _agreements(board: Board, asked: list[bool]) -> Iterator[Account]:
    rights = board.rights
    under = board.books.held.agreements.of(rights.ids)
    yield _account("agreement", asked, rights.limits.__getitem__, lambda one: under[:, one])
    sums = _sums((account.agreement, amounts) for account, amounts in board.books.shares_of(board.ask.user))
    own = sums.of(rights.ids)
    yield _account("user under the agreement", asked, rights.user_limits.__getitem__, lambda one: own[:, one])


def _account(of: str, asked: list[bool], limit: Measured, used: Measured) -> Account:
    """The account, with columns for what is asked; a dimension that is nowhere limited needs no limits."""
    limits: list[Column] = []
    for one, counts in enumerate(asked):
        column = limit(one) if counts else None
        limits.append(column if column is not None and np.isfinite(column).any() else None)
    return Account(of, tuple(limits), tuple(used(one) if counts else None for one, counts in enumerate(asked)))


def _sums(parts: Iterable[tuple[K, Amounts]]) -> Columns[K]:
    sums: Columns[K] = Columns(WIDTH)
    for key, amounts in parts:
        sums.put(key, sums.get(key) + amounts)
    return sums


def _at(columns: Columns[P], places: Mapping[P, range], rows: Rows, size: int) -> Measured:
    """The columns' numbers at these rows, one dimension at a time."""
    if not len(columns):
        return lambda _: np.zeros(len(rows))
    seats = at_rows(columns.seats(places, size), rows)
    return lambda one: columns.values[:, one][seats]


def _used(counted: Floats, rows: Rows, held: Measured, unseen: Measured, one: int) -> Floats:
    """What is used: as counted, and what that count cannot have seen; else all that we know of."""
    seen = at_rows(counted[one], rows)
    return np.where(np.isnan(seen), held(one), seen + unseen(one))
