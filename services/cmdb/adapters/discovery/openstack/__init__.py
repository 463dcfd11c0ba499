"""OpenStack: Keystone's catalogue, then Nova, Glance, Neutron and Cinder where they are there, by project."""

from services.cmdb.adapters.discovery.client import Client
from services.cmdb.adapters.discovery.openstack.discoverer import OpenStack


def open_discoverer(client: Client) -> OpenStack:
    """See `ports.Discoverer`."""
    return OpenStack(client)
