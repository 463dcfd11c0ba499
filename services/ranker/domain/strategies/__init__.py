"""Ways to put what fits in order: one strategy a file, found by being there.

A file has `judge(board, rows, terms)`, which judges all rows that fit at once: the higher the index, the earlier it
should be tried. The first line of the file says what it is; the file's name is the strategy's.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from services.ranker.domain.board import Board
from services.ranker.domain.columns import Rows
from services.ranker.domain.judgement import Judgement
from services.ranker.domain.scores import Term

Judge = Callable[[Board, Rows, tuple[Term, ...]], Judgement]


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy by its name, with a sentence."""

    name: str
    sentence: str
    judge: Judge


def discover() -> dict[str, Strategy]:
    """Every strategy there is, by name."""
    found = (_strategy(module.name) for module in pkgutil.iter_modules(__path__))
    return {strategy.name: strategy for strategy in found}


def _strategy(name: str) -> Strategy:
    module = importlib.import_module(f"{__name__}.{name}")
    judge: Judge = module.judge
    return Strategy(name.replace("_", "-"), (module.__doc__ or "").strip().split("\n", 1)[0], judge)
