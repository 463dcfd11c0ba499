"""Kubernetes: what the nodes have to give, with GPUs, storage classes, and the quotas of the namespaces."""

from services.cmdb.adapters.discovery.client import Client
from services.cmdb.adapters.discovery.kubernetes.discoverer import Kubernetes


def open_discoverer(client: Client) -> Kubernetes:
    """See `ports.Discoverer`."""
    return Kubernetes(client)
