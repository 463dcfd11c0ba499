"""What old clients call the type of a service: the words of `IaaSType` (orchestrator.md 2.4)."""

from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    "org.openstack.nova": "OPENSTACK",
    "eu.egi.cloud.vm-management.openstack": "OPENSTACK",
    "eu.egi.cloud.vm-management.opennebula": "OPENNEBULA",
    "eu.indigo-datacloud.im-tosca.opennebula": "OPENNEBULA",
    "eu.egi.cloud.vm-management.occi": "OCCI",
    "com.amazonaws.ec2": "AWS",
    "com.microsoft.azure": "AZURE",
    "eu.otc.compute": "OTC",
    "eu.indigo-datacloud.chronos": "CHRONOS",
    "eu.indigo-datacloud.marathon": "MARATHON",
    "eu.deep.qcg": "QCG",
    "eu.deep.kubernetes": "KUBERNETES",
}


def iaas_type(service_type: str) -> str | None:
    """The word for a service's type; a type they had no word for is its own, in capitals, and none is none."""
    return _WORDS.get(service_type) or service_type.upper() or None
