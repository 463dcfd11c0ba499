"""The kinds of cloud that we know how to describe to IM, by the types that federations give their services."""

DUMMY = "dummy"

OTC = "otc"

_TYPES = {
    "eu.egi.cloud.vm-management.openstack": "openstack",
    "eu.otc.compute": OTC,
    "org.openstack.nova": "openstack",
    "eu.egi.cloud.vm-management.opennebula": "opennebula",
    "eu.indigo-datacloud.im-tosca.opennebula": "opennebula",
    "com.amazonaws.ec2": "ec2",
    "com.microsoft.azure": "azure",
}


def kind_of(service_type: str) -> str:
    """The short name of the kind: `org.openstack.nova` is `openstack`; a type that is not in the table is its own."""
    return _TYPES.get(service_type, service_type)
