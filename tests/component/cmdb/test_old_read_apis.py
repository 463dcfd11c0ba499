"""What clients of two older generations read; PostgreSQL is real.

`DOCUMENTED` is what their documentation shows of each document. `golden/` holds whole answers as this service first
gave them, so that no byte of them changes unseen.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from shared.contracts.topology import Json
from tests.component.cmdb.editing import Federation, created
from tests.component.cmdb.people import People, owner
from tests.support.builders import NOON, an_agreement, an_envelope

GOLDEN = Path(__file__).parent / "golden"
SITE: dict[str, Json] = {
    "id": "provider-X",
    "name": "X",
    "country": "IT",
    "owners": [owner("sub-1")],
    "identity_providers": [{"issuer": "https://iam.example.org/", "name": "infn-iam", "protocol": "openid"}],
    "services": [
        {
            "id": "svc-os-1",
            "type": "org.openstack.nova",
            "endpoint": "https://os.example.org:5000/v3",
            "region": "regionOne",
            "images": [
                {
                    "id": "img/1", "name": "ubuntu-22.04", "architecture": "x86_64", "type": "linux",
                    "distribution": "ubuntu", "version": "22.04", "user": "ubuntu", "gpu_driver": True,
                    "gpu_driver_version": "535.1", "cuda_support": True, "cuda_version": "12.2", "cudnn_version": "8.9",
                }
            ],
            "flavours": [
                {
                    "id": "uuid", "name": "gpu.large", "cpus": 16, "memory": 65536, "disk": 100, "gpus": 2,
                    "gpu_vendor": "NVIDIA", "gpu_model": "A100", "infiniband": True,
                },
                {"id": "tiny", "name": "tiny", "cpus": 1, "memory": 512},
            ],
            "networks": [
                {"id": "n1", "name": "ext-net", "kind": "public"},
                {
                    "id": "n2", "name": "priv-net", "kind": "private", "cidr": "10.0.0.0/24",
                    "proxy_host": "10.0.0.1", "proxy_user": "proxyuser",
                },
            ],
            "volume_types": [{"name": "ceph-ssd", "quality": "fast"}],
            "projects": [
                {
                    "id": "uuid-1", "name": "GROUP_A", "groups": ["kube/users"], "flavours": ["uuid"],
                    "quota": {"cpus": 100, "instances": 50, "memory": 204800}, "user_quota": {"cpus": 10},
                }
            ],
            "settings": {"password": "hunter2"},
        },
        {
            "id": "marathon", "type": "eu.indigo-datacloud.marathon", "endpoint": "https://m.example.org",
            "parent": "mesos", "gpu_support": True,
            "settings": {"load_balancer_ips": "10.0.0.1, 10.0.0.2", "password": "hunter2"},
        },
        {"id": "mesos", "type": "eu.indigo-datacloud.mesos", "endpoint": "https://mesos.example.org"},
        {"id": "rucio", "type": "eu.egi.storage-element", "endpoint": "https://s.example.org", "rse": "RSE-1"},
    ],
}  # fmt: skip
TENANT = "$tenant"
CALLS = {
    "entities": "/cmdb/",
    "provider": "/cmdb/provider/id/provider-X?include_docs=true",
    "providers": "/cmdb/provider/list?include_docs=true",
    "service": "/cmdb/service/id/svc-os-1?include_docs=true",
    "services": "/cmdb/provider/id/provider-X/has_many/services?include_docs=true",
    "services-bare": "/cmdb/service/list",
    "services-of-a-type": "/cmdb/service/filters/sitename/X/type/storage?include_docs=true",
    "tenants": "/cmdb/service/id/svc-os-1/has_many/tenants?include_docs=true",
    "tenants-of-a-group": "/cmdb/tenant/filters/iam_organisation/kube%2Fusers?include_docs=true",
    "images": f"/cmdb/tenant/id/{TENANT}/has_many/images?include_docs=true",
    "flavors": f"/cmdb/tenant/id/{TENANT}/has_many/flavors?include_docs=true",
    "tenant-schema": "/cmdb/tenant/schema",
    "missing": "/cmdb/provider/id/nobody",
    "registry-user-groups": "/api/v1/user_groups/?with_conn=true&name=kube/users&provider_status=active"
    "&idp_endpoint=https://iam.example.org/",
    "registry-projects": "/api/v1/projects/?with_conn=true&provider_uid=provider-X",
}

DOCUMENTED: dict[str, dict[str, Json]] = {
    "service": {
        "service_type": "org.openstack.nova", "type": "compute", "endpoint": "https://os.example.org:5000/v3",
        "provider_id": "provider-X", "hostname": "os.example.org", "region": "regionOne", "iam_enabled": True,
        "idp_protocol": "openid", "public_ip_assignable": True, "is_public_service": False, "service_parent_id": None,
        "supported_idps": [{"name": "infn-iam", "issuer": "https://iam.example.org/"}],
        "volume_types": [{"name": "ceph-ssd", "qos": "fast"}],
    },
    "tenant": {
        "tenant_id": "uuid-1", "tenant_name": "GROUP_A", "service": "svc-os-1", "iam_organisation": "kube/users",
        "public_network_name": "ext-net", "private_network_name": "priv-net", "private_network_cidr": "10.0.0.0/24",
        "private_network_proxy_host": "10.0.0.1", "private_network_proxy_user": "proxyuser",
    },
    "flavor": {
        "flavor_id": "uuid", "flavor_name": "gpu.large", "num_vcpus": 16, "ram": 65536, "disk": 100, "num_gpus": 2,
        "gpu_vendor": "NVIDIA", "gpu_model": "A100", "infiniband_support": True,
    },
    "image": {
        "image_id": "img/1", "image_name": "ubuntu-22.04", "service": "svc-os-1", "architecture": "x86_64",
        "type": "linux", "distribution": "ubuntu", "version": "22.04", "user_name": "ubuntu", "gpu_driver": True,
        "gpu_driver_version": "535.1", "cuda_support": True, "cuda_version": "12.2", "cuDNN_version": "8.9",
    },
}  # fmt: skip


async def test_every_documented_field_has_its_documented_name_and_meaning(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client, SITE)
        for entity, documented in DOCUMENTED.items():
            rows = (await client.get(f"/cmdb/{entity}/list?include_docs=true")).json()
            assert rows.keys() == {"total_rows", "offset", "rows"}
            row = next(row for row in rows["rows"] if documented.items() <= row["doc"]["data"].items())
            assert row.keys() == {"id", "key", "value", "doc"}
            assert row["doc"].keys() == {"_id", "_rev", "type", "owners", "data"}
            alone = (await client.get(f"/cmdb/{entity}/id/{row['id']}")).json()
            assert alone == row["doc"]


async def test_the_old_orchestrator_walks_from_a_provider_to_its_flavors(federation: Federation) -> None:
    """The calls of one deployment, each with an id out of the answer before it."""
    async with federation.client() as client:
        await created(client, SITE)

        async def ids(path: str) -> list[str]:
            return [row["id"] for row in (await client.get(f"/cmdb/{path}?include_docs=true")).json()["rows"]]

        services = await ids("provider/id/provider-X/has_many/services")
        assert "svc-os-1" in services
        (tenant,) = await ids("service/id/svc-os-1/has_many/tenants")
        assert await ids("tenant/list") == [tenant]
        (flavor,) = await ids(f"tenant/id/{tenant}/has_many/flavors")
        (image,) = await ids(f"tenant/id/{tenant}/has_many/images")
        assert (await client.get(f"/cmdb/flavor/id/{flavor}")).json()["data"]["tenant_id"] == tenant
        assert (await client.get(f"/cmdb/image/id/{image}")).json()["data"]["tenant_id"] == tenant


@pytest.mark.parametrize("name", CALLS)
async def test_no_byte_of_an_answer_changes(federation: Federation, name: str) -> None:
    async with federation.client() as client:
        await created(client, SITE)
        tenant = (await client.get("/cmdb/tenant/list")).json()["rows"][0]["id"]
        headers = People.ada if name.startswith("registry") else {}
        answer = await client.get(CALLS[name].replace(TENANT, tenant), headers=headers)
    assert answer.status_code == (404 if name == "missing" else 200)
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == (GOLDEN / f"{name}.json").read_bytes()


async def test_no_secret_and_no_subject_is_shown_to_anybody(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client, SITE)
        for path in CALLS.values():
            answer = await client.get(path)
            assert "hunter2" not in answer.text
            assert "sub-1" not in answer.text
        known = await client.get("/cmdb/provider/id/provider-X", headers=People.ada)
        assert known.json()["owners"] == ["sub-1"]


async def test_without_a_token_the_registry_shows_names_alone_and_a_bad_token_is_forbidden(
    federation: Federation,
) -> None:
    async with federation.client() as client:
        await created(client, SITE)
        (project,) = (await client.get("/api/v1/projects/?with_conn=true")).json()
        assert project.keys() == {"uid", "name"}
        assert (await client.get("/api/v1/projects/", headers=People.mallory)).status_code == 403
        (bare,) = (await client.get("/api/v1/projects/", headers=People.ada)).json()
        assert bare.keys() == {"uid", "name", "uuid"}


async def test_the_registrys_join_of_group_and_project_holds(federation: Federation) -> None:
    """The old orchestrator asks for a group, and then for its project by the group's uid."""
    async with federation.client() as client:
        await created(client, SITE)
        (group,) = (await client.get("/api/v1/user_groups/?name=kube/users", headers=People.ada)).json()
        by_group = f"/api/v1/projects/?with_conn=true&user_group_uid={group['uid']}"
        for more, there in (
            ("&provider_uid=provider-X", 1),
            ("&region_name=regionOne&identity_service_endpoint=https://os.example.org:5000/v3", 1),
            ("&provider_uid=other", 0),
            ("&region_name=regionTwo", 0),
        ):
            assert len((await client.get(by_group + more, headers=People.ada)).json()) == there
        assert (await client.get("/api/v1/projects/?user_group_uid=x", headers=People.ada)).json() == []


async def test_an_agreement_has_its_dates_there_and_lets_a_group_in_between_them_only(federation: Federation) -> None:
    agreed = an_agreement("provider-X", group="/kube/users", starts=NOON, ends=NOON + timedelta(days=3))
    async with federation.client() as client:
        await created(client, SITE)

        async def slas() -> list[Json]:
            groups = (await client.get("/api/v1/user_groups/?with_conn=true", headers=People.ada)).json()
            projects = (await client.get("/api/v1/projects/?with_conn=true", headers=People.ada)).json()
            assert bool(groups) is (projects[0]["sla"] is not None)
            return [(sla["uid"], sla["start_date"], sla["end_date"]) for group in groups for sla in group["slas"]]

        assert [dates for _, *dates in await slas()] == [[None, None]]
        federation.agreements.fold(an_envelope(agreed))
        assert await slas() == [(agreed.agreement, "2026-03-02", "2026-03-05")]
        federation.pass_time(timedelta(days=3))
        assert await slas() == []


@pytest.mark.parametrize(
    ("path", "uids"),
    [
        ("flavors/?sort=name_desc", 1),
        ("images/", 1),
        ("networks/?is_shared=true", 1),
        ("networks/?limit=1&skip=1", 1),
        ("regions/", 2),
        ("locations/", 1),
        ("identity_providers/", 1),
        ("providers/?size=1&page=1", 0),
        ("compute_services/", 3),
        ("compute_quotas/?per_user=true", 1),
        ("slas/", 1),
    ],
)
async def test_every_entity_of_the_registry_can_be_listed(federation: Federation, path: str, uids: int) -> None:
    async with federation.client() as client:
        await created(client, SITE)
        found = (await client.get(f"/api/v1/{path}", headers=People.ada)).json()
        assert len({one["uid"] for one in found}) == uids
        for one in found:
            again = await client.get(f"/api/v1/{path.split('/', maxsplit=1)[0]}/{one['uid']}", headers=People.ada)
            assert again.json() == one
        assert (await client.get("/api/v1/nothing/", headers=People.ada)).status_code == 404


async def test_two_services_of_one_name_are_two_in_the_old_world(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client, SITE)
        await created(client, {"id": "Y", "name": "Y", "services": [SITE["services"][2]]})
        ids = [row["id"] for row in (await client.get("/cmdb/service/list")).json()["rows"]]
        assert sorted(ids) == ["Y.mesos", "marathon", "provider-X.mesos", "rucio", "svc-os-1"]
        marathon = json.loads((await client.get("/cmdb/service/id/marathon")).text)
        assert marathon["data"]["service_parent_id"] == "provider-X.mesos"
