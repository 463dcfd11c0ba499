"""The kinds of site service that the deployer can drive: one folder each, found by being there.

A folder exports `open_backend` (see `ports.OpenBackend`), keeps its own `Settings` and brings its own simulator:
`simulator.simulate()` gives a `Simulation`, through which tests/contract/test_backends.py holds it to the promises.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Protocol

from services.deployer.ports import Backend, OpenBackend


class UnknownBackend(LookupError):
    """No folder has this name; the text lists those there are."""


def discover() -> dict[str, OpenBackend]:
    """Every backend there is, by the name of its folder."""
    return {name: _opener(name) for name in _names()}


def open_backend(name: str, settings: Mapping[str, str]) -> Backend:
    """The backend of this name with the operator's settings.

    Raises `UnknownBackend`, or pydantic's `ValidationError` naming each setting that is wrong.
    """
    names = _names()
    if name not in names:
        raise UnknownBackend(f"There is no backend {name!r}; there are: {', '.join(names)}.")
    return _opener(name)(settings)


class Simulation(Protocol):
    """A backend's remote side, played in memory, obeying its contract, with faults to order. Opens no socket."""

    @property
    def service_type(self) -> str:
        """The type of site service that a candidate must name."""
        ...

    @property
    def endpoint(self) -> str:
        """Where a candidate says its service is."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings of the candidate's service."""
        ...

    def open(self) -> Backend:
        """A new backend connected to this remote side, as after a restart of its process."""
        ...

    def standing(self, tag: str) -> int:
        """How many things with this tag exist."""
        ...

    def pass_time(self) -> None:
        """Let everything that is under way come to its end."""
        ...

    def refuse_next(self) -> None:
        """The next creation is refused."""
        ...

    def break_next(self) -> None:
        """The next thing created fails later."""
        ...

    def lose_next_answer(self) -> None:
        """The next creation succeeds, but its answer never arrives."""
        ...

    def forget(self, tag: str) -> None:
        """What has this tag vanishes behind our back."""
        ...

    def disconnect(self) -> None:
        """From now on nothing can be reached."""
        ...


def _names() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)


def _opener(name: str) -> OpenBackend:
    opener: OpenBackend = importlib.import_module(f"{__name__}.{name}").open_backend
    return opener
