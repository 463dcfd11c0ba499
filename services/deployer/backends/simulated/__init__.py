"""A small cloud of its own: for the demo, for tests and chaos (`mode = http`), and for benches (`mode = instant`).

The cloud itself is a separate process: `python -m services.deployer.backends.simulated.cloud`.
"""

from collections.abc import Mapping

from services.deployer.backends.simulated.backend import SimulatedCloud
from services.deployer.backends.simulated.client import CloudClient
from services.deployer.backends.simulated.instant import InstantCloud
from services.deployer.backends.simulated.settings import Mode, Settings
from services.deployer.ports import Backend

__all__ = ["open_backend"]


def open_backend(settings: Mapping[str, str]) -> Backend:
    """A backend on the simulated cloud, or on none at all; raises pydantic's `ValidationError`."""
    read = Settings.read(settings)
    if read.mode is Mode.INSTANT:
        return InstantCloud(needs_access=read.needs_access)
    return SimulatedCloud(CloudClient(read.base, timeout=read.timeout), needs_access=read.needs_access)
