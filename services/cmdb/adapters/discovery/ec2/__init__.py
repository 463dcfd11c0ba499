"""EC2 and what speaks like it: instance types, images of ours and of named owners, and subnets."""

from services.cmdb.adapters.discovery.client import Client
from services.cmdb.adapters.discovery.ec2.discoverer import Ec2


def open_discoverer(client: Client) -> Ec2:
    """See `ports.Discoverer`."""
    return Ec2(client)
