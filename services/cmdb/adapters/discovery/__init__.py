"""The ways of reading a service from its site: one folder each, found by being there.

Each exports `open_discoverer(client)`, which gives a `ports.Discoverer`; its name here is `kind` in a site's file.
"""

import importlib
import pkgutil

from services.cmdb.adapters.discovery.client import Client
from services.cmdb.ports import Discoverer


def kinds() -> tuple[str, ...]:
    """The names of all there are."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg))


def open_discoverers(client: Client) -> dict[str, Discoverer]:
    """All of them, by name."""
    return {kind: _open(kind, client) for kind in kinds()}


def _open(kind: str, client: Client) -> Discoverer:
    discoverer: Discoverer = importlib.import_module(f"{__name__}.{kind}").open_discoverer(client)
    return discoverer
