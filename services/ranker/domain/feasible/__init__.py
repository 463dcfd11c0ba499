"""Hard requirements: one filter a file, found by being there.

A file has `check(board, rows)`, which says of each of these rows whether it passes and may settle something on the
board; `reason(case)`, which puts into words why a row did not; and its `STAGE`. The file's name is the filter's.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage

Check = Callable[[Board, Rows], Mask]
Words = Callable[[Case], Reason]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter by its name."""

    name: str
    stage: Stage
    check: Check
    reason: Words


def discover() -> tuple[Filter, ...]:
    """Every filter there is, in the order of their stages and, within one, of their names."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    return tuple(sorted((_filter(name) for name in names), key=lambda one: (one.stage, one.name)))


def _filter(name: str) -> Filter:
    module = importlib.import_module(f"{__name__}.{name}")
    stage: Stage = module.STAGE
    check: Check = module.check
    reason: Words = module.reason
    return Filter(name.replace("_", "-"), stage, check, reason)
