"""Who reads sites sees what they may, filtered, in pages; PostgreSQL is real."""

import pytest

from shared.contracts.topology import Json
from tests.component.cmdb.editing import BARI, NOVA, Federation, at, created, message
from tests.component.cmdb.people import People

SITES: list[dict[str, Json]] = [
    {"id": "a", "name": "A", "country": "IT", "issuers": ["https://iam.example.org/"], "services": [
        {**NOVA, "region": "one", "tags": ["fast"], "flavours": [{"id": "f", "name": "f", "cpus": 1, "memory": 1}]},
        {**NOVA, "id": "gpus", "region": "two",
         "flavours": [{"id": "g", "name": "g", "cpus": 1, "memory": 1, "gpus": 1}],
         "projects": [{"id": "p", "name": "p", "groups": ["kube/users"]}]},
    ]},
    {"id": "b", "name": "B", "country": "ES", "status": "maintenance", "services": [
        {"id": "ec2", "type": "com.amazonaws.ec2", "endpoint": "https://ec2.example.org"},
    ]},
    {"id": "c", "name": "C", "services": [
        {"id": "k8s", "type": "eu.deep.kubernetes", "endpoint": "https://k.example.org", "gpu_support": True},
    ]},
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", "abc"),
        ("country=IT", "a"),
        ("country=it", ""),
        ("issuer=https://iam.example.org/", "a"),
        ("type=com.amazonaws.ec2", "b"),
        ("status=maintenance", "b"),
        ("status=active", "ac"),
        ("region=two", "a"),
        ("backend=kubernetes", "c"),
        ("tag=fast", "a"),
        ("group=kube/users", "a"),
        ("group=kube", ""),
        ("gpu=true", "ac"),
        ("gpu=false", "ab"),
        ("gpu=true&tag=fast", ""),
        ("type=org.openstack.nova&region=one&gpu=false", "a"),
        ("type=%22 || true", ""),
    ],
)
async def test_sites_are_found_by_what_they_have(federation: Federation, asked: str, found: str) -> None:
    async with federation.client() as client:
        for site in SITES:
            await created(client, site)
        answer = await client.get(f"/sites?{asked}", headers=People.ada)
        assert "".join(site["id"] for site in answer.json()["sites"]) == found


async def test_pages_follow_each_other_without_a_gap(federation: Federation) -> None:
    async with federation.client() as client:
        for site in SITES:
            await created(client, site)
        first = (await client.get("/sites?limit=2")).json()
        assert ([site["id"] for site in first["sites"]], first["next"]) == (["a", "b"], "b")
        second = (await client.get(f"/sites?limit=2&after={first['next']}")).json()
        assert ([site["id"] for site in second["sites"]], second["next"]) == (["c"], None)
        assert message(await client.get("/sites?limit=0"), 400)


async def test_anybody_sees_names_types_countries_and_status_and_no_more(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client, SITES[0])
        expected = {
            "id": "a", "name": "A", "country": "IT", "status": "active",
            "services": [
                {"id": id, "type": NOVA["type"], "kinds": ["infrastructure"], "region": region, "status": "active"}
                for id, region in (("nova", "one"), ("gpus", "two"))
            ],
        }  # fmt: skip
        assert (await client.get("/sites/a?provenance=true")).json() == expected
        assert (await client.get("/sites")).json() == {"sites": [expected], "next": None}
        for closed in ("/sites?group=x", "/sites?removed=true", "/sites/a/services", "/sites/a/regions"):
            assert "bearer token" in message(await client.get(closed), 401)
        assert message(await client.get("/sites", headers=People.mallory), 401)


async def test_how_the_federation_gets_in_is_shown_to_those_who_look_after_the_site(federation: Federation) -> None:
    site = {**BARI, "services": [{**NOVA, "settings": {"domain": "x"}, "monitoring": {"probe": "/"}}]}
    async with federation.client() as client:
        await created(client, site)
        for who, shown in ((People.ada, {"domain": "x"}), (People.root, {"domain": "x"}), (People.bob, {})):
            (service,) = (await client.get("/sites/bari", headers=who)).json()["services"]
            assert (service["settings"], service["monitoring"] is None) == (shown, not shown)
            entry = (await client.get("/sites/bari/services/nova", headers=who)).json()
            assert entry["settings"] == shown


async def test_one_walks_from_a_site_to_a_flavour(federation: Federation) -> None:
    region = {"location": {"site": "Bari", "country": "IT", "latitude": 41.1}, "overbooking_cpu": 2}
    flavours = [{"id": f"f{n}", "name": f"f{n}", "cpus": n, "memory": 1} for n in range(3)]
    service = {**NOVA, "region": "south", "flavours": flavours}
    async with federation.client() as client:
        await created(client, {**BARI, "services": [service], "regions": {"south": region}})

        async def get(path: str) -> Json:
            answer = await client.get(path, headers=People.bob)
            assert answer.status_code == 200, answer.text
            return answer.json()

        (found,) = (await get("/sites/bari/services"))["entries"]
        assert (found["id"], found["overbooking_cpu"]) == ("nova", 2)
        first = await get("/sites/bari/services/nova/flavours?limit=2")
        assert ([entry["id"] for entry in first["entries"]], first["next"]) == (["f0", "f1"], "f1")
        assert (await get("/sites/bari/services/nova/flavours/f2"))["cpus"] == 2
        (shown,) = (await get("/sites/bari/regions"))["entries"]
        assert (shown["name"], shown["location"]["latitude"]) == ("south", 41.1)
        assert (await get("/service-types"))["com.amazonaws.ec2"]["credentials_required"] is True
        for missing in ("/sites/x", "/sites/bari/services/x", "/sites/bari/services/nova/flavours/x"):
            assert message(await client.get(missing, headers=People.bob), 404)
        assert message(await client.get("/sites/bari/services/nova/secrets", headers=People.bob), 400)


async def test_the_openapi_document_says_all_of_it(federation: Federation) -> None:
    async with federation.client() as client:
        document = (await client.get("/openapi.json")).json()
    paths = document["paths"]
    assert {"get", "post"} <= paths["/sites"].keys()
    assert {"get", "patch", "delete"} <= paths["/sites/{site}/services/{service}/{field}/{name}"].keys()
    assert "application/merge-patch+json" in paths["/sites/{site}"]["patch"]["requestBody"]["content"]


async def test_an_unchanged_site_keeps_its_revision(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        answer = await client.patch("/sites/bari", json={"name": "Bari"}, headers=at(1, People.ada))
        assert answer.headers["etag"] == '"1"'
    assert len(await federation.told()) == 1
