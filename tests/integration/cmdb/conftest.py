"""A real OpenStack for the cmdb's discovery, started and filled once. Who cannot have one skips and says why."""

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from embedded.machine import Missing
from embedded.parts import Parts
from embedded.places import Places, places
from shared.contracts.topology import Json
from tests.integration.cmdb.openstack.cloud import ADMIN, REGION, OpenStack, openstack

GPU = {"pci_passthrough:alias": "a100-sxm4:2"}
PROPERTIES = {"os_distro": "ubuntu", "os_version": "22.04", "architecture": "x86_64", "cuda_version": "12.2"}


@dataclass(frozen=True)
class Tenant:
    """A user `demo` (password `demo-pw`) who works in the project `demo`, with an application credential."""

    cloud: OpenStack
    project: str
    application_credential: dict[str, str]


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tenant]:
    folder = tmp_path_factory.mktemp("openstack")
    with Parts(Places(folder / "var", places().cache), print) as parts:
        try:
            cloud = openstack(parts, folder)
        except Missing as missing:
            pytest.skip(str(missing))
        yield _filled(cloud)


def _filled(cloud: OpenStack) -> Tenant:
    _log_in(cloud, "admin", ADMIN, {"project": {"name": "admin", "domain": {"id": "default"}}})
    for name, kind, path in (("nova", "compute", "/v2.1"), ("glance", "image", "")):
        service = cloud.keystone("POST", "/services", {"service": {"name": name, "type": kind}})["service"]["id"]
        endpoint = {
            "service_id": service,
            "interface": "public",
            "url": cloud.services[name] + path,
            "region_id": REGION,
        }
        cloud.keystone("POST", "/endpoints", {"endpoint": endpoint})
    project = cloud.keystone("POST", "/projects", {"project": {"name": "demo"}})["project"]["id"]
    user = cloud.keystone("POST", "/users", {"user": {"name": "demo", "password": "demo-pw"}})["user"]["id"]
    roles = {role["name"]: role["id"] for role in cloud.keystone("GET", "/roles")["roles"]}
    cloud.keystone("PUT", f"/projects/{project}/users/{user}/roles/{roles['member']}")
    _flavours_and_images(cloud)
    _log_in(cloud, "demo", "demo-pw", {"project": {"id": project}})
    path = f"/users/{user}/application_credentials"
    made = cloud.keystone("POST", path, {"application_credential": {"name": "corale"}})["application_credential"]
    _log_in(cloud, "admin", ADMIN, {"project": {"name": "admin", "domain": {"id": "default"}}})
    return Tenant(
        cloud,
        project,
        {"application_credential_id": made["id"], "application_credential_secret": made["secret"]},
    )


def _flavours_and_images(cloud: OpenStack) -> None:
    nova, glance = f"{cloud.services['nova']}/v2.1", f"{cloud.services['glance']}/v2/images"
    for name, cpus, memory, specs in (("m1.small", 1, 2048, {}), ("gpu.large", 16, 131072, GPU)):
        flavour = {"id": name, "name": name, "vcpus": cpus, "ram": memory, "disk": 20}
        cloud.ask("POST", f"{nova}/flavors", {"flavor": flavour})
        if specs:
            cloud.ask("POST", f"{nova}/flavors/{name}/os-extra_specs", {"extra_specs": specs})
    for number in range(3):
        image = {"name": f"ubuntu-{number}", "container_format": "bare", "disk_format": "raw", "visibility": "public"}
        made = cloud.ask("POST", glance, {**image, **PROPERTIES})
        cloud.ask("PUT", f"{glance}/{made['id']}/file", b"\0" * 16, kind="application/octet-stream")


def _log_in(cloud: OpenStack, name: str, password: str, scope: Json) -> None:
    user = {"name": name, "domain": {"id": "default"}, "password": password}
    cloud.token = ""
    identity = {"methods": ["password"], "password": {"user": user}}
    cloud.keystone("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}})
