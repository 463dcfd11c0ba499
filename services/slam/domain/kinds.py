"""What can be promised: the closed list of target types, the units each may be given in, and what it means to us.

The names are those of the INDIGO agreements, of their successor SLAT and of the federation registry's quotas; several
may mean the same. Misspelt ones are misspelt on the wire. A gigabyte is 1,024 megabytes, as clouds count.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

NO_UNIT: Mapping[str | None, float] = MappingProxyType({None: 1.0})
IN_MEGABYTES: Mapping[str | None, float] = MappingProxyType({"MB": 1.0, "GB": 1024.0})
IN_GIGABYTES: Mapping[str | None, float] = MappingProxyType({"GB": 1.0, "MB": 1 / 1024})


class Kind(NamedTuple):
    """`units` are factors to the unit of the field of `Quantities` named `quantity`, if this is one of them.

    `whole`: there is no half of it. `limit_only`: nobody can guarantee it.
    """

    units: Mapping[str | None, float] = NO_UNIT
    quantity: str | None = None
    whole: bool = False
    limit_only: bool = False


CORES = Kind(quantity="cpus")
MEMORY = Kind(IN_MEGABYTES, "memory")
DISK = Kind(IN_GIGABYTES, "disk")
ADDRESSES = Kind(quantity="public_addresses", whole=True)
MACHINES = Kind(quantity="instances", whole=True)
SPEED = Kind(MappingProxyType({"Mbps": 1.0}))
COUNT = Kind(whole=True)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "num_cpus": CORES,
        "vcpu_cores": CORES,
        "cores": CORES,
        "mem_size": MEMORY,
        "ram": MEMORY,
        "ram_gb": Kind(MappingProxyType({"GB": 1024.0}), "memory"),
        "disk_size": DISK,
        "gigabytes": DISK,
        "storage_gb": Kind(MappingProxyType({"GB": 1.0}), "disk"),
        "public_ip": ADDRESSES,
        "public_ips": ADDRESSES,
        "publicIps": ADDRESSES,
        "instances": MACHINES,
        "num_instances": MACHINES,
        "gpus": Kind(quantity="gpus", whole=True),
        "volumes": Kind(quantity="volumes", whole=True),
        "computing_time": Kind(MappingProxyType({"h": 1.0})),
        "cpu_frequency": Kind(),
        "costs": Kind(MappingProxyType({"EUR": 1.0}), limit_only=True),
        "upload_bandwith": SPEED,
        "download_bandwith": SPEED,
        "upload_aggregated": Kind(IN_MEGABYTES),
        "download_aggregated": Kind(IN_MEGABYTES),
        "onedata_space": Kind(IN_GIGABYTES),
        "storage_space": Kind(IN_GIGABYTES),
        "perVolumeGigabytes": Kind(MappingProxyType({"GB": 1.0})),
        "networks": COUNT,
        "ports": COUNT,
        "securityGroups": COUNT,
        "securityGroupsRules": COUNT,
    }
)

SPELT: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "cpus": ("num_cpus", None),
        "memory": ("mem_size", "MB"),
        "disk": ("disk_size", "GB"),
        "public_addresses": ("public_ip", None),
        "instances": ("instances", None),
        "gpus": ("gpus", None),
        "volumes": ("volumes", None),
    }
)
"""How a quantity is spelt as a target: its type and its unit."""
