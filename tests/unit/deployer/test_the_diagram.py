"""The diagram in docs/saga.md is what the saga does: every cell is played, and no state or event is missing from it."""

from pathlib import Path
from typing import get_args

import pytest

from services.deployer.domain.decision import Event
from services.deployer.domain.saga import decide
from services.deployer.domain.states import State
from tests.support.builders import NOON
from tests.unit.deployer.played import CLASSES, EVENTS, STATES

DIAGRAM = Path(__file__).parents[3] / "docs" / "saga.md"


def _cells() -> dict[tuple[str, str], str]:
    head, *rows = DIAGRAM.read_text().split("```")[1].strip("\n").splitlines()
    states = head.split()
    return {
        (state, name): cell
        for name, *cells in (row.split() for row in rows)
        for state, cell in zip(states, cells, strict=True)
    }


CELLS = _cells()


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_the_saga_does_what_the_diagram_says(state: str, event: str) -> None:
    before = STATES[state]()
    decision = decide(before, EVENTS[event], NOON)
    match CELLS[state, event]:
        case ".":
            assert decision.state == before
            assert decision.commands == ()
        case "~":
            assert type(decision.state) is type(before)
            assert decision.commands == ()
        case name:
            assert type(decision.state) is CLASSES[name]
            assert decision.commands != ()


def test_every_state_is_in_the_diagram() -> None:
    assert {CLASSES[name] for name, _ in CELLS} == set(get_args(State))
    assert all(type(make()) is CLASSES[name] for name, make in STATES.items())


def test_every_event_is_in_the_diagram() -> None:
    assert {type(EVENTS[name]) for _, name in CELLS} == set(get_args(Event))
    assert {name for _, name in CELLS} == set(EVENTS)
