"""Every route, everybody, and what is his, what is another's, what is not there.

The routes are those that the gateway has; what is expected follows from `domain/authority.py`. A new route fails here
until it is said to what it is a door.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi.routing import APIRoute
from sqlalchemy import event

from services.gateway.domain.authority import Deed
from shared.contracts.deployments import DeploymentCompleted
from shared.contracts.vocabulary import DeploymentId, Revision
from tests.component.gateway.door import TEMPLATE, Door, machine, started
from tests.integration.tenants.people import Person, Town

UNKNOWN = "2b0f6c1e-0000-4000-8000-000000000000"
ONE = "/deployments/{deployment}"
DEEDS: dict[tuple[str, str], Deed] = {
    ("GET", ONE): Deed.SEE,
    ("PUT", ONE): Deed.CHANGE,
    ("PATCH", ONE): Deed.CHANGE,
    ("DELETE", ONE): Deed.REMOVE,
    ("GET", f"{ONE}/template"): Deed.SEE,
    ("GET", f"{ONE}/timeline"): Deed.SEE,
    ("GET", f"{ONE}/trials"): Deed.SEE,
    ("GET", f"{ONE}/ranking"): Deed.SEE,
    ("GET", f"{ONE}/log"): Deed.SEE,
    ("GET", f"{ONE}/extrainfo"): Deed.SEE,
    ("GET", f"{ONE}/resources"): Deed.SEE,
    ("GET", f"{ONE}/resources/filter"): Deed.SEE,
    ("GET", f"{ONE}/resources/{{resource}}"): Deed.SEE,
    ("POST", f"{ONE}/resources/{{resource}}/actions"): Deed.CHANGE,
    ("GET", f"{ONE}/deliveries"): Deed.REVEAL,
    ("GET", f"{ONE}/audit"): Deed.CHANGE,
}
"""Every door to a deployment. The audit trail of one is for those who may change it, also if they left the group."""
OPEN = {"/", "/info", "/.well-known/jwks.json"}
OWN = {
    "/deployments",
    "/plans",
    "/webhooks",
    "/site-credentials",
    "/schedules",
    "/templates",
    "/configuration",
    "/audit",
}
"""Where the first part of a path is this, everybody sees only what is his, or what is nobody's."""
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", ONE): {"template": TEMPLATE, "parameters": {}},
    ("PATCH", ONE): {"status": "DELETE_FAILED"},
    ("POST", f"{ONE}/resources/{{resource}}/actions"): {"type": "stop"},
    ("POST", "/deployments"): {"template": TEMPLATE, "parameters": {}},
    ("POST", "/plans"): {"template": TEMPLATE, "parameters": {}},
    ("POST", "/webhooks"): {"url": "https://portal.example.org/"},
    ("PUT", "/site-credentials/{service}"): {"username": "u", "password": "p"},
    ("POST", "/templates/validate"): {"template": TEMPLATE},
}


def routes(door: Door) -> list[tuple[str, str]]:
    """Method and path of everything that users and services can ask for."""
    found = [route for router in door.service.routes for route in router.routes if isinstance(route, APIRoute)]
    return sorted((method, route.path) for route in found for method in route.methods or ())


async def a_standing(town: Town) -> tuple[str, str]:
    """A deployment of alice's that stands, and its machine."""
    async with town.client("owner") as alice:
        deployment = await town.door.create(alice)
        completed = DeploymentCompleted(
            deployment_id=DeploymentId(deployment), revision=Revision(1), resources=(machine(1),), trials=()
        )
        await town.door.tell(started(deployment), completed)
        listed = (await alice.get(f"/deployments/{deployment}/resources")).json()["content"]
    return deployment, next(str(one["uuid"]) for one in listed if one["toscaNodeName"] == "server")


async def ask(town: Town, person: Person, route: tuple[str, str], ids: dict[str, str]) -> httpx.Response:
    """One request; parts of the path that are not in `ids` name nothing."""
    method, path = route
    filled = path
    for part in ("deployment", "resource", "plan", "schedule", "webhook", "service", "name", "reference", "trial"):
        filled = filled.replace(f"{{{part}}}", ids.get(part, "1" if part == "trial" else UNKNOWN))
    async with town.door.as_sent(person.headers) as client:
        filled += "?type=tosca.nodes.indigo.Compute" if path.endswith("/filter") else ""
        return await client.request(method, filled, json=BODIES.get(route) if method != "GET" else None)


def test_it_is_known_of_every_route_to_what_it_is_a_door(town: Town) -> None:
    for method, path in routes(town.door):
        first = f"/{path.split('/')[1]}"
        known = (method, path) in DEEDS or path in OPEN or first == "/internal"
        assert known or (first in OWN and "{deployment}" not in path), (method, path)
    assert set(DEEDS) <= set(routes(town.door))


async def test_everybody_may_do_to_anothers_deployment_what_the_table_says_and_nothing_else(town: Town) -> None:
    for route, deed in DEEDS.items():
        deployment, resource = await a_standing(town)
        for person in town.people:
            answer = await ask(town, person, route, {"deployment": deployment, "resource": resource})
            expected = 0 if route[1].endswith("/audit") and person.left else person.may(deed)
            told = (route, person.name, answer.status_code, answer.text)
            if expected:
                assert answer.status_code == expected, told
            elif route[1].endswith("/ranking"):
                assert "not ranked yet" in answer.text, told
            else:
                assert answer.status_code in {200, 202, 204, 409}, told
            assert answer.status_code != 409 or deed in {Deed.CHANGE, Deed.REMOVE}, told


async def test_everybody_does_to_his_own_what_an_owner_may(town: Town) -> None:
    for person in town.people:
        if person.standing is None:
            continue
        async with town.door.as_sent(person.headers) as client:
            own = await town.door.create(client)
        for route in DEEDS:
            if route[0] == "GET" and "{resource}" not in route[1] and not route[1].endswith("/ranking"):
                answer = await ask(town, person, route, {"deployment": own})
                assert answer.status_code == 200, (route, person.name, answer.text)


async def test_what_is_anothers_is_not_there_in_word_and_in_work(town: Town) -> None:
    strangers = [person for person in town.people if person.may(Deed.SEE) == 404]
    for route in DEEDS:
        deployment, resource = await a_standing(town)
        for person in strangers:
            # whoever is greeted for the first time costs a statement more, and so does who is not proved yet
            await ask(town, person, route, {"deployment": UNKNOWN})
            with listening(town.door) as foreign_work:
                foreign = await ask(town, person, route, {"deployment": deployment, "resource": resource})
            with listening(town.door) as unknown_work:
                unknown = await ask(town, person, route, {"deployment": UNKNOWN, "resource": resource})
            assert foreign.status_code == unknown.status_code == 404, (route, person.name)
            assert _without_ids(foreign, deployment) == _without_ids(unknown, UNKNOWN), (route, person.name)
            assert foreign_work == unknown_work != [], (route, person.name)
            assert [name for name in foreign.headers if name not in unknown.headers] == []


async def test_no_list_names_what_is_anothers(town: Town) -> None:
    deployment, _ = await a_standing(town)
    for person in town.people:
        for asked in ("", "?userGroup=users", "?userGroup=others", "?createdBy=me", "?createdBy=alice@x"):
            async with town.door.as_sent(person.headers) as client:
                answer = await client.get(f"/deployments{asked}")
            seen = deployment in answer.text
            in_its_group = person.name == "of the same group" and asked == "?userGroup=users"
            assert not seen or person.name in {"owner", "owner who left the group", "administrator"} or in_its_group, (
                person.name,
                asked,
            )


async def test_webhooks_plans_and_credentials_of_others_are_not_there(town: Town) -> None:
    async with town.client("owner") as alice:
        webhook = (await alice.post("/webhooks", json=BODIES["POST", "/webhooks"])).json()["id"]
        await alice.put("/site-credentials/cineca-compute", json=BODIES["PUT", "/site-credentials/{service}"])
    for person in town.people:
        if person.standing is None or "owner" in person.name:
            continue
        for route in (
            ("DELETE", "/webhooks/{webhook}"),
            ("POST", "/webhooks/{webhook}/test"),
            ("GET", "/webhooks/{webhook}/deliveries"),
        ):
            foreign = await ask(town, person, route, {"webhook": webhook})
            unknown = await ask(town, person, route, {"webhook": UNKNOWN})
            assert foreign.status_code == unknown.status_code == 404
            assert _without_ids(foreign, webhook) == _without_ids(unknown, UNKNOWN)
        for path in ("/webhooks", "/site-credentials"):
            async with town.door.as_sent(person.headers) as client:
                assert (await client.get(path)).json()["content"] == [], (person.name, path)


async def test_nobody_and_no_service_comes_in_where_users_do(town: Town) -> None:
    for route in routes(town.door):
        for person in (person for person in town.people if person.standing is None):
            if route[1] not in OPEN and not route[1].startswith("/internal"):
                answer = await ask(town, person, route, {})
                assert answer.status_code == 401, (route, person.name, answer.text)


async def test_no_user_comes_in_where_services_do(town: Town) -> None:
    for route in routes(town.door):
        for person in town.people:
            if route[1].startswith("/internal") and person.name != "service":
                answer = await ask(town, person, route, {})
                assert answer.status_code == 401, (route, person.name, answer.text)


async def test_the_audit_trail_as_a_whole_is_for_administrators_and_of_their_issuer(town: Town) -> None:
    deployment, _ = await a_standing(town)
    for person in town.people:
        answer = await ask(town, person, ("GET", "/audit"), {})
        administers = "administrator" in person.name
        assert answer.status_code == (401 if person.standing is None else 200 if administers else 403), person.name
        assert (deployment in answer.text) == (person.name == "administrator")


@contextmanager
def listening(door: Door) -> Generator[list[str]]:
    """The statements that the gateway's store is asked, as they are written."""
    engine = door.service.database.engine.sync_engine
    heard: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, _p: object, _context: object, _many: object) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def _without_ids(answer: httpx.Response, id_: str) -> dict[str, Any]:
    body = {name: value for name, value in answer.json().items() if name != "requestId"}
    return {name: value.replace(id_, "*") if isinstance(value, str) else value for name, value in body.items()}
