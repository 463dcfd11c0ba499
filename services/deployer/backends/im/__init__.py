"""The Infrastructure Manager (GRyCAP IM 2): virtual machines on many kinds of cloud, from a TOSCA template."""

from collections.abc import Mapping

from services.deployer.backends.im.backend import InfrastructureManager
from services.deployer.backends.im.client import ImClient
from services.deployer.backends.im.settings import Settings
from services.deployer.ports import Backend

__all__ = ["open_backend"]


def open_backend(settings: Mapping[str, str]) -> Backend:
    """A backend on the operator's Infrastructure Manager; raises pydantic's `ValidationError`."""
    read = Settings.read(settings)
    return InfrastructureManager(read, ImClient(timeout=read.timeout, verify=read.verification()))
