"""The types of services a federation knows, as data: what each is for and what holds where nobody says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.topology import Json, TopologyKind


@dataclass(frozen=True, slots=True)
class ServiceType:
    """One type. `role` is the word of the INDIGO generation (compute, storage, network and so on).

    Without `kinds` nothing is deployed there and no backend drives it.
    """

    role: str
    backend: str = ""
    kinds: tuple[TopologyKind, ...] = ()
    credentials_required: bool = False

    def defaults(self) -> dict[str, Json]:
        """What a service of this type says of itself as long as nobody says otherwise, in the wire's field names."""
        said: dict[str, Json] = {"backend": self.backend, "kinds": [kind.value for kind in self.kinds]}
        if self.credentials_required:
            said["credentials_required"] = True
        return said


_MACHINES = ServiceType("compute", "im", (TopologyKind.INFRASTRUCTURE,))
_PUBLIC_CLOUD = ServiceType("compute", "im", (TopologyKind.INFRASTRUCTURE,), credentials_required=True)

SERVICE_TYPES: Mapping[str, ServiceType] = {
    "org.openstack.nova": _MACHINES,
    "eu.egi.cloud.vm-management.openstack": _MACHINES,
    "eu.egi.cloud.vm-management.opennebula": _MACHINES,
    "eu.indigo-datacloud.im-tosca.opennebula": _MACHINES,
    "eu.egi.cloud.vm-management.occi": _MACHINES,
    "com.amazonaws.ec2": _PUBLIC_CLOUD,
    "com.microsoft.azure": _PUBLIC_CLOUD,
    "eu.otc.compute": _PUBLIC_CLOUD,
    "eu.indigo-datacloud.mesos": ServiceType("compute"),
    "eu.indigo-datacloud.marathon": ServiceType("compute", "marathon", (TopologyKind.CONTAINER_SERVICE,)),
    "eu.indigo-datacloud.chronos": ServiceType("compute", "chronos", (TopologyKind.CONTAINER_JOB,)),
    "eu.deep.qcg": ServiceType("compute", "qcg", (TopologyKind.BATCH_JOB,)),
    "eu.deep.slurm": ServiceType("compute"),
    "eu.deep.kubernetes": ServiceType("compute", "kubernetes", (TopologyKind.HELM_RELEASE,)),
    "eu.egi.cloud.storage-management.oneprovider": ServiceType("storage"),
    "eu.egi.cloud.storage-management.cdmi": ServiceType("storage"),
    "eu.egi.storage-element": ServiceType("storage"),
    "eu.indigo-datacloud.occi": ServiceType("compute"),
    "org.openstack.keystone": ServiceType("identity"),
    "org.openstack.neutron": ServiceType("network"),
    "org.openstack.cinder": ServiceType("block-storage"),
    "org.openstack.swift": ServiceType("object-store"),
    "org.openstack.swift-s3": ServiceType("object-store"),
    "storage.k8s.io/v1": ServiceType("block-storage"),
}
"""By the name that stands in the records. A service of any other type must say itself what drives it."""


def role_of(service_type: str, *, deploys: bool) -> str:
    """The INDIGO word for what a service is for; `deploys` decides for a type we do not know."""
    known = SERVICE_TYPES.get(service_type)
    if known is not None:
        return known.role
    return "compute" if deploys else "unknown"
