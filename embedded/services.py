"""The six services: one table of the processes, and the environment that each is given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.keys import Keys
from embedded.places import ROOT
from embedded.tokens import AUDIENCE


@dataclass(frozen=True, slots=True)
class Service:
    """One process of a service: `python -m services.<module> <arguments>`."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the service can be started at all."""
        return (ROOT / "services" / self.module / "__main__.py").exists()


SERVICES = (
    Service("cmdb", "cmdb"),
    Service("slam", "slam"),
    Service("monitoring", "monitoring"),
    Service("ranker", "ranker"),
    Service("deployer-saga", "deployer", ("--role", "saga")),
    Service("deployer-im", "deployer", ("--role", "backend", "--backend", "im")),
    Service("deployer-simulated", "deployer", ("--role", "backend", "--backend", "simulated")),
    Service("gateway", "gateway"),
)
"""In the order in which they are started; they are stopped the other way round."""

ADMINS = "corale-admins"
"""The group of the embedded issuer whose members administer the federation."""

CLOUD = Path("services/deployer/backends/simulated/cloud.py")
"""The simulated cloud is started when this file is there."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What services are told about the system they are in. `databases` is by owner."""

    kafka: str
    databases: dict[str, str] = field(repr=False)
    federation: Path
    keys: Keys
    issuer: str | None = None
    gateway: str | None = None
    simulated: str | None = None
    others: Mapping[str, str] = field(default_factory=dict)


def service_named(name: str) -> Service:
    """The row of the table. Raises `StopIteration` for a name that is not in it."""
    return next(row for row in SERVICES if row.name == name)


def environment(service: Service, port: int, around: Surroundings) -> dict[str, str]:
    """The settings of one process: what every service has, and what its kind needs."""
    prefix = service.module.upper()
    common = {
        "DATABASE_URL": around.databases[service.module],
        "KAFKA": around.kafka,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_LEVEL": "INFO",
    }
    special = {
        "gateway": _gateway,
        "deployer": _deployer,
        "slam": _facts,
        "cmdb": _facts,
        "monitoring": _facts,
    }.get(service.module)
    settings = common | (special(service, port, around) if special else {})
    return {f"{prefix}_{name}": value for name, value in settings.items()}


SHOWN = {
    "slam_url": ("slam", "/rest/slam"),
    "cmdb_url": ("cmdb", "/cmdb"),
    "monitoring_url": ("monitoring", ""),
    "cpr_url": ("ranker", ""),
    "im_url": ("im", ""),
}
"""What `GET /configuration` shows: the keys that clients of the old orchestrator know, and where its old API begins."""


def _gateway(_: Service, port: int, around: Surroundings) -> dict[str, str]:
    return {
        "ISSUERS": _issuers(around),
        "SEALING_KEY": around.keys.sealing("gateway"),
        "SERVICE_KEYS": json.dumps({"deployer": around.keys.service_public("deployer")}),
        "PUBLIC_URL": around.gateway or f"http://127.0.0.1:{port}",
        "CONFIGURATION": json.dumps(
            {key: f"{around.others[name]}{path}" for key, (name, path) in SHOWN.items() if name in around.others}
        ),
    }


def _deployer(service: Service, _: int, around: Surroundings) -> dict[str, str]:
    settings = {"SERVICE_KEY": around.keys.service("deployer")}
    if around.gateway:
        settings["GATEWAY_URL"] = around.gateway
    if around.gateway and "im" in service.arguments:
        settings["BACKEND__ORCHESTRATOR_URL"] = around.gateway
    if around.simulated and "simulated" in service.arguments:
        settings["BACKEND__URL"] = around.simulated
    return settings


def _federation(_: Service, __: int, around: Surroundings) -> dict[str, str]:
    return {"FEDERATION": str(around.federation)}


def _facts(service: Service, port: int, around: Surroundings) -> dict[str, str]:
    return _federation(service, port, around) | {"ISSUERS": _issuers(around)}


def _issuers(around: Surroundings) -> str:
    trusted = {"issuer": around.issuer, "audience": AUDIENCE, "admins": [ADMINS]}
    return json.dumps([trusted] if around.issuer else [])
