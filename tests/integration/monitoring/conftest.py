"""Real peers of monitoring's collectors, each started once. Who cannot have one skips, and says what is missing."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

import pytest

from embedded.machine import Missing
from embedded.parts import Parts
from embedded.places import Places, places
from tests.support.prometheus import Exporter, prometheus
from tests.support.zabbix import RealZabbix, zabbix

A = TypeVar("A")


@dataclass(frozen=True)
class Scraped:
    """A Prometheus and the exporter that it scrapes five times a second."""

    url: str
    exporter: Exporter


@dataclass
class Peers:
    """What was begun, or why it could not be."""

    parts: Parts
    prometheus: Scraped | Missing
    zabbix: RealZabbix | Missing


@pytest.fixture(scope="package")
def peers(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Generator[Peers]:
    """Both are begun together: a Prometheus scrapes nothing in its first five seconds."""
    folder, exporter = tmp_path_factory.mktemp("peers"), Exporter()
    database = postgres.replace("postgresql+asyncpg:", "postgresql:")
    with exporter.serving(), Parts(Places(folder / "var", places().cache), print) as parts:
        first = _begun(lambda: Scraped(prometheus(parts, folder, exporter.address), exporter))
        yield Peers(parts, first, _begun(lambda: zabbix(parts, folder, database)))


@pytest.fixture(scope="package")
def real_prometheus(peers: Peers) -> Scraped:
    if isinstance(peers.prometheus, Missing):
        pytest.skip(str(peers.prometheus))
    peers.parts.wait_ready("prometheus", timeout=30)
    return peers.prometheus


@pytest.fixture(scope="package")
def real_zabbix(peers: Peers) -> RealZabbix:
    if isinstance(peers.zabbix, Missing):
        pytest.skip(str(peers.zabbix))
    peers.parts.wait_ready("zabbix-server", "zabbix", timeout=30)
    return peers.zabbix


def _begun(begin: Callable[[], A]) -> A | Missing:
    try:
        return begin()
    except Missing as lack:
        return lack
