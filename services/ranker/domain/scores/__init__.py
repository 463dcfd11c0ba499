"""Soft preferences: one term a file, found by being there. The file's name is the term's.

A file has `worth(board, rows)`: for each of these rows a value in [0, 1] and what it is worth, in log-odds of success
or in seconds; and `sentence(case, value)`, which says where the value comes from.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows
from services.ranker.domain.worth import Worth

Measure = Callable[[Board, Rows], Worth]
Words = Callable[[Case, float], str]


@dataclass(frozen=True, slots=True)
class Term:
    """A term by its name."""

    name: str
    worth: Measure
    sentence: Words


def discover() -> tuple[Term, ...]:
    """Every term there is, in the order of their names."""
    return tuple(_term(name) for name in sorted(found.name for found in pkgutil.iter_modules(__path__)))


def _term(name: str) -> Term:
    module = importlib.import_module(f"{__name__}.{name}")
    worth: Measure = module.worth
    sentence: Words = module.sentence
    return Term(name.replace("_", "-"), worth, sentence)
