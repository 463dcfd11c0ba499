"""The ways of finding out how a service is doing: one file or folder each, found by being there.

Each exports `open_collector` (see `ports.OpenCollector`); its name here is its name in what it saw.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import timedelta
from types import ModuleType

from pydantic import BaseModel

from services.monitoring.domain.rhythm import Pace
from services.monitoring.ports import Collector, OpenCollector

USUAL = Pace()


class UnknownCollector(LookupError):
    """Settings are given for a collector that is not here; the text lists those there are."""


def discover() -> dict[str, OpenCollector]:
    """Every collector there is, by name."""
    return {name: _opener(module) for name, module in _modules().items()}


def entries() -> dict[str, type[BaseModel]]:
    """What a site's file may say to those collectors that read it."""
    return {name: module.Entry for name, module in _modules().items() if hasattr(module, "Entry")}


def paces() -> dict[str, Pace]:
    """How often and how long each collector looks, if it differs from the usual."""
    return {name: getattr(module, "PACE", USUAL) for name, module in _modules().items()}


def open_collectors(settings: Mapping[str, Mapping[str, str]], *, timeout: timedelta) -> dict[str, Collector]:
    """All collectors, each with the operator's settings for it.

    Raises `UnknownCollector`, or pydantic's `ValidationError` naming each setting that is wrong.
    """
    openers = discover()
    if unknown := sorted(set(settings) - set(openers)):
        raise UnknownCollector(f"There is no collector {', '.join(unknown)}; there are: {', '.join(sorted(openers))}.")
    return {name: opener(settings.get(name, {}), timeout=timeout) for name, opener in sorted(openers.items())}


def _modules() -> dict[str, ModuleType]:
    return {found.name: importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)}


def _opener(module: ModuleType) -> OpenCollector:
    opener: OpenCollector = module.open_collector
    return opener
