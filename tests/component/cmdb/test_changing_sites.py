"""People create, patch and remove sites over HTTP; PostgreSQL is real."""

import asyncio
from datetime import timedelta

import httpx

from shared.contracts.sites import SiteDescribed, SiteWithdrawn
from shared.contracts.topology import Json, TopologyKind
from tests.component.cmdb.editing import BARI, NOVA, SMALL, Federation, at, created, message
from tests.component.cmdb.people import People, owner


async def test_an_administrator_creates_a_site_and_it_is_told_with_what_its_types_imply(federation: Federation) -> None:
    async with federation.client() as client:
        answer = await client.post("/sites", json=BARI, headers=People.root)
    assert (answer.status_code, answer.headers["location"], answer.headers["etag"]) == (201, "/sites/bari", '"1"')
    (told,) = await federation.told()
    assert isinstance(told, SiteDescribed)
    assert told.owners[0].subject == "ada"
    (service,) = told.services
    assert (service.backend, service.kinds) == ("im", (TopologyKind.INFRASTRUCTURE,))


async def test_only_administrators_create_and_remove_sites(federation: Federation) -> None:
    async with federation.client() as client:
        assert "administrators" in message(await client.post("/sites", json=BARI, headers=People.ada), 403)
        assert "bearer token" in message(await client.post("/sites", json=BARI), 401)
        assert "proves nothing" in message(await client.post("/sites", json=BARI, headers=People.mallory), 401)
        await created(client)
        assert "administrators" in message(await client.delete("/sites/bari", headers=at(1, People.ada)), 403)
        assert "already" in message(await client.post("/sites", json=BARI, headers=People.root), 409)
    assert len(await federation.told()) == 1


async def test_whoever_creates_a_site_without_owners_owns_it(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client, {"id": "bari", "name": "Bari"})
        assert (await client.get("/sites/bari", headers=People.ada)).json()["owners"] == [owner("root")]


async def test_an_owner_patches_and_nobody_else(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        answer = await client.patch("/sites/bari", json={"name": "ReCaS"}, headers=at(1, People.ada))
        assert (answer.status_code, answer.headers["etag"], answer.json()["name"]) == (200, '"2"', "ReCaS")
        refused = await client.patch("/sites/bari", json={"name": "Mine"}, headers=at(2, People.bob))
        assert "/name is for the owners of the site" in message(refused, 403)


async def test_an_owner_of_a_service_changes_that_service_alone(federation: Federation) -> None:
    more: dict[str, Json] = {**BARI, "services": [*BARI["services"], {**NOVA, "id": "second"}]}
    async with federation.client() as client:
        await created(client, more)
        patched = await client.patch(
            "/sites/bari/services/nova", json={"quota": {"cpus": 4}}, headers=at(1, People.bob)
        )
        assert patched.status_code == 200
        other = await client.patch(
            "/sites/bari/services/second", json={"quota": {"cpus": 4}}, headers=at(2, People.bob)
        )
        assert "/services/second is for the owners of the site to change; you own nova" in message(other, 403)
        added = await client.post("/sites/bari/services", json={**NOVA, "id": "third"}, headers=at(2, People.bob))
        assert message(added, 403)
        assert (await client.delete("/sites/bari/services/nova", headers=at(2, People.bob))).status_code == 204
    assert (await federation.service("second")).quota.cpus is None


async def test_where_the_federations_own_programs_go_is_not_an_owners_to_say(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        patch = {"discovery": {"kind": "openstack"}}
        refused = await client.patch("/sites/bari/services/nova", json=patch, headers=at(1, People.ada))
        assert "/services/nova/discovery is for administrators" in message(refused, 403)
        new = {**NOVA, "id": "new", **patch}
        assert message(await client.post("/sites/bari/services", json=new, headers=at(1, People.ada)), 403)
        allowed = await client.patch("/sites/bari/services/nova", json=patch, headers=at(1, People.root))
        assert allowed.status_code == 200
        away = await client.patch("/sites/bari/services/nova", json={"endpoint": "http://x"}, headers=at(2, People.ada))
        assert "/services/nova/endpoint is for administrators" in message(away, 403)
        seen = (await client.get("/sites/bari/services/nova", headers=at(1, {"Authorization": "Bearer eve"}))).json()
        assert seen["discovery"] is None
        assert (await client.delete("/sites/bari/services/nova", headers=at(2, People.ada))).status_code == 204


async def test_an_owner_cannot_lock_everybody_out(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        nobody: Json
        for nobody in ([], None):
            answer = await client.patch("/sites/bari", json={"owners": nobody}, headers=at(1, People.ada))
            assert "/owners: found nobody; allowed: at least one owner" in message(answer, 422)
        handed = await client.patch("/sites/bari", json={"owners": [owner("bob")]}, headers=at(1, People.ada))
        assert handed.status_code == 200
        assert message(await client.patch("/sites/bari", json={"name": "x"}, headers=at(2, People.ada)), 403)


async def test_type_and_parent_of_a_service_cannot_change(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        for patch in ({"type": "com.amazonaws.ec2"}, {"parent": "other"}):
            answer = await client.patch("/sites/bari/services/nova", json=patch, headers=at(1, People.root))
            assert message(answer, 422)
        answer = await client.patch("/sites/bari/services/nova", json={"id": "x"}, headers=at(1, People.ada))
        assert "/id: found 'x'; allowed: 'nova'" in message(answer, 422)


async def test_of_two_owners_who_race_one_gets_412_and_nothing_is_lost(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        names = [f"Bari {n}" for n in range(8)]
        answers = await asyncio.gather(
            *(client.patch("/sites/bari", json={"name": name}, headers=at(1, People.ada)) for name in names)
        )
        codes = [answer.status_code for answer in answers]
        assert sorted(codes) == [200, *[412] * 7]
        winner = names[codes.index(200)]
        assert (await client.get("/sites/bari")).json()["name"] == winner
        stale = next(answer for answer in answers if answer.status_code == 412)
        assert "'bari' is at revision 2 by now, not 1: read it again." in message(stale, 412)
        in_body = await client.patch("/sites/bari", json={"name": "y", "revision": 1}, headers=People.ada)
        assert "revision 2" in message(in_body, 409)
        unsaid = await client.patch("/sites/bari", json={"name": "y"}, headers=People.ada)
        assert "If-Match" in message(unsaid, 428)
    assert len(await federation.told()) == 2


async def test_who_loses_a_race_reads_again_and_every_change_is_kept_and_told(federation: Federation) -> None:
    flavours = [{"id": f"f{n}", "name": f"f{n}", "cpus": n, "memory": 1024} for n in range(6)]

    async def add(client: httpx.AsyncClient, flavour: dict[str, Json]) -> None:
        code = 412
        while code == 412:
            etag = (await client.get("/sites/bari", headers=People.ada)).headers["etag"]
            headers = {**People.ada, "If-Match": etag}
            answer = await client.post("/sites/bari/services/nova/flavours", json=flavour, headers=headers)
            code = answer.status_code
        assert code == 201

    async with federation.client() as client:
        await created(client)
        await asyncio.gather(*(add(client, flavour) for flavour in flavours))
        history = (await client.get("/sites/bari/history", headers=People.ada)).json()["changes"]
    kept = {flavour.id for flavour in (await federation.service("nova")).flavours}
    assert kept == {"small", *(str(flavour["id"]) for flavour in flavours)}
    assert [change["revision"] for change in history] == [7, 6, 5, 4, 3, 2, 1]
    assert len(await federation.told()) == 7


async def test_a_patch_that_makes_no_site_says_what_where_and_what_is_allowed(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        wrong: list[tuple[dict[str, Json], str]] = [
            ({"quota": {"cpus": -1}}, "/services/nova/quota/cpus: found -1; allowed: greater than or equal to 0"),
            ({"endpoint": "ftp://x"}, "/services/nova/endpoint: found 'ftp://x'; allowed: an http or https address"),
            ({"endpont": "x"}, "/services/nova/endpont: is not known here"),
            ({"flavours": [{"id": "big", "cpus": 2}]}, "/services/nova/flavours/big/name: is missing"),
            ({"flavours": [SMALL, SMALL]}, "/services/nova/flavours: found a thing without a name of its own"),
            ({"flavours": [{"cpus": 1}]}, "/services/nova/flavours: found a thing without a name of its own"),
            ({"flavours": ["small"]}, "/services/nova/flavours/0: found 'small'; allowed: a valid dictionary"),
            ({"status": "gone"}, "/services/nova/status: found 'gone'; allowed: 'active', 'maintenance'"),
        ]
        for patch, says in wrong:
            answer = await client.patch("/sites/bari/services/nova", json=patch, headers=at(1, People.ada))
            assert says in message(answer, 422)
            assert answer.json()["faults"][0]["path"] == says.split(":")[0]
        deep = b'{"description":' * 40 + b"1" + b"}" * 40
        nul = b'{"description": "' + b"\\u0000" + b'"}'
        for raw in (
            b"[]",
            b"{",
            b'{"a": NaN}',
            b'{"a": 1e999}',
            b"\xff",
            b'{"a": "\\ud800"}',
            b"[" * 100_000,
            deep,
            nul,
        ):
            assert message(await client.patch("/sites/bari", content=raw, headers=at(1, People.ada)), 400)
        huge = b'{"description": "' + b"x" * 1024 * 1024 + b'"}'
        assert message(await client.patch("/sites/bari", content=huge, headers=at(1, People.ada)), 413)
        for address in ("/sites/%00", "/sites?country=%00", "/cmdb/service/id/%00"):
            assert "NUL" in message(await client.get(address), 400)
        assert (await client.get("/sites/bari", headers=People.ada)).json()["revision"] == 1


async def test_a_site_that_is_too_large_to_be_told_is_refused(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        for revision in range(1, 9):
            thing = {"id": f"p{revision}", "name": "x" * 1_000_000}
            place = "/sites/bari/services/nova/projects"
            answer = await client.post(place, json=thing, headers=at(revision, People.ada))
            if answer.status_code != 201:
                break
        assert "the site: is larger than 6 MB" in message(answer, 422)
        assert (await client.get("/sites/bari", headers=People.ada)).json()["revision"] == revision
        assert (await client.get("/problems")).json() == {"problems": []}


async def test_things_are_added_patched_and_removed_by_name(federation: Federation) -> None:
    place = "/sites/bari/services/nova/images"
    slashed = {"id": "registry/ubuntu:22 %", "name": "Ubuntu"}
    async with federation.client() as client:
        await created(client)
        assert (await client.post(place, json=slashed, headers=at(1, People.ada))).status_code == 201
        assert "already" in message(await client.post(place, json=slashed, headers=at(2, People.ada)), 409)
        one = f"{place}/registry%2Fubuntu:22%20%25"
        assert (await client.patch(one, json={"user": "ubuntu"}, headers=at(2, People.ada))).status_code == 200
        assert (await client.get(one, headers=People.bob)).json()["user"] == "ubuntu"
        assert (await client.delete(one, headers=at(3, People.ada))).status_code == 204
        assert message(await client.get(one, headers=People.bob), 404)
        assert message(await client.delete(one, headers=at(4, People.ada)), 404)
        gone = (await client.get("/sites/bari/removed", headers=People.ada)).json()["removed"]
        assert [(thing["path"], thing["removed"]["by"]) for thing in gone] == [
            ("/services/nova/images/registry~1ubuntu:22 %", "ada @ https://iam.example.org/")
        ]
        assert (await client.post(place, json=slashed, headers=at(4, People.ada))).status_code == 201
        assert (await client.get("/sites/bari/removed", headers=People.ada)).json() == {"removed": []}


async def test_with_a_parent_go_its_children_and_all_they_had(federation: Federation) -> None:
    mesos = {"id": "mesos", "type": "eu.indigo-datacloud.mesos", "endpoint": "https://mesos.example.org"}
    marathon = {**mesos, "id": "marathon", "type": "eu.indigo-datacloud.marathon", "parent": "mesos"}
    async with federation.client() as client:
        await created(client, {**BARI, "services": [mesos, {**marathon, "images": [{"id": "i", "name": "i"}]}]})
        assert (await client.delete("/sites/bari/services/mesos", headers=at(1, People.ada))).status_code == 204
        gone = (await client.get("/sites/bari/removed", headers=People.ada)).json()["removed"]
        assert [thing["path"] for thing in gone] == [
            "/services/marathon",
            "/services/marathon/images/i",
            "/services/mesos",
        ]
    last = (await federation.told())[-1]
    assert isinstance(last, SiteDescribed)
    assert last.services == ()


async def test_a_removed_site_is_withdrawn_and_listed_as_removed_until_the_retention_passes(
    federation: Federation,
) -> None:
    async with federation.client() as client:
        await created(client)
        assert (await client.delete("/sites/bari", headers=at(1, People.root))).status_code == 204
        assert (await federation.told())[-1] == SiteWithdrawn.model_validate({"site": "bari"})
        assert (await client.get("/sites", headers=People.ada)).json()["sites"] == []
        (gone,) = (await client.get("/sites?removed=true", headers=People.ada)).json()["sites"]
        assert (gone["id"], gone["removed"]["by"]) == ("bari", "root @ https://iam.example.org/")
        assert message(await client.patch("/sites/bari", json={"name": "x"}, headers=at(2, People.root)), 404)
        federation.pass_time(timedelta(days=31))
        await federation.refresh.refresh()
        assert message(await client.get("/sites/bari", headers=People.ada), 404)
        await created(client)


async def test_the_history_says_who_changed_what_when(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        patch = {"name": "ReCaS", "services": [{"id": "nova", "flavours": [{"id": "small", "cpus": 2}]}]}
        await client.patch("/sites/bari", json=patch, headers=at(1, People.ada))
        assert message(await client.get("/sites/bari/history"), 401)
        stranger = {"Authorization": "Bearer eve"}
        assert message(await client.get("/sites/bari/history", headers=stranger), 403)
        seen = (await client.get("/sites/bari/history", headers=People.ada)).json()
        changes = [(c["revision"], c["by"].split()[0], c["path"], c["before"], c["after"]) for c in seen["changes"]]
        assert changes[:2] == [
            (2, "ada", "/name", "Bari", "ReCaS"),
            (2, "ada", "/services/nova/flavours/small/cpus", 1, 2),
        ]
        assert [(revision, who, path, before) for revision, who, path, before, _ in changes[2:]] == [
            (1, "root", "", None)
        ]
        first = (await client.get("/sites/bari/history?limit=2", headers=People.ada)).json()
        assert (len(first["changes"]), first["next"]) == (2, 2)
        rest = (await client.get("/sites/bari/history?limit=2&before=2", headers=People.ada)).json()
        assert ([change["revision"] for change in rest["changes"]], rest["next"]) == ([1], None)
