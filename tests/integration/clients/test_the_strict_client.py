"""Every command of the strict client works, and every refusal is one that it sees."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest

from shared.contracts.deployments import DeletionFailed, DeploymentCompleted, DeploymentDeleted
from shared.contracts.vocabulary import DeploymentId, Revision
from tests.component.gateway.door import DISK, MACHINE, TEMPLATE, machine, started
from tests.integration.clients.conftest import Served
from tests.integration.clients.strict import SaidNo, StrictClient

REFUSED = "Error '{}' [{}]: "


@pytest.fixture
def client(served: Served) -> Iterator[StrictClient]:
    """In the hands of alice."""
    opened = StrictClient(served.url, served.door.token())
    yield opened
    opened.close()


async def test_a_deployment_lives_its_whole_life(served: Served, client: StrictClient) -> None:
    made = await asyncio.to_thread(client.depcreate, TEMPLATE, {"machines": 1}, userGroup="users")
    deployment = made["uuid"]
    done = DeploymentCompleted(
        deployment_id=DeploymentId(deployment),
        revision=Revision(1),
        outputs={"ip": "192.0.2.1"},
        resources=(machine(0), DISK),
        trials=(),
    )
    await served.door.tell(started(deployment), done)

    def used() -> None:
        assert client.depshow(deployment)["outputs"] == {"ip": "192.0.2.1"}
        assert [one["uuid"] for one in client.depls(createdBy="me", excludedStatus="DELETE_COMPLETE")] == [deployment]
        server = next(one for one in client.resls(deployment) if one["toscaNodeType"] == MACHINE)
        assert client.resshow(deployment, server["uuid"])["state"] == "STARTED"
        client.vm("stop", deployment, server["uuid"])
        assert client.deptemplate(deployment).startswith("tosca_definitions_version")
        assert "Deployment requested" in client.deplog(deployment)
        assert client.extrainfo(deployment)[0]["vmProperties"][0]["class"] == "system"
        client.depdel(deployment, force=True)
        client.depreset(deployment)

    await asyncio.to_thread(used)
    await served.door.tell(DeletionFailed(deployment_id=DeploymentId(deployment), sentence="left behind"))
    assert (await asyncio.to_thread(client.depshow, deployment))["statusReason"] == "left behind"
    await served.door.tell(DeploymentDeleted(deployment_id=DeploymentId(deployment)))
    assert (await asyncio.to_thread(client.depshow, deployment))["status"] == "DELETE_COMPLETE"


async def test_an_update_answers_with_what_it_changes(served: Served, client: StrictClient) -> None:
    deployment = (await asyncio.to_thread(client.depcreate, TEMPLATE, {}))["uuid"]
    done = DeploymentCompleted(deployment_id=DeploymentId(deployment), revision=Revision(1), trials=())
    await served.door.tell(started(deployment), done)

    changed = await asyncio.to_thread(client.depupdate, deployment, TEMPLATE, {"machines": 2})

    assert (changed["uuid"], changed["status"]) == (deployment, "UPDATE_IN_PROGRESS")


async def test_a_list_of_many_pages_comes_to_an_end_with_everything(served: Served, client: StrictClient) -> None:
    made = [(await asyncio.to_thread(client.depcreate, TEMPLATE, {}))["uuid"] for _ in range(23)]

    found = await asyncio.to_thread(client.depls, createdBy=f"alice@{served.door.issuer}/", userGroup="users")

    assert [one["uuid"] for one in found] == made[::-1]


async def test_the_service_says_who_it_is(client: StrictClient) -> None:
    assert (await asyncio.to_thread(client.test))["projectVersion"]
    assert "im_url" in await asyncio.to_thread(client.showconf)


REFUSALS: list[tuple[str, Callable[[StrictClient], object], str, int]] = [
    ("template", lambda c: c.depcreate("x", {}), "Bad Request", 400),
    ("group", lambda c: c.depcreate(TEMPLATE, {}, userGroup="others"), "Forbidden", 403),
    ("member", lambda c: c.depcreate(TEMPLATE, {}, maxProvidersRetry="many"), "Bad Request", 400),
    ("show", lambda c: c.depshow("nowhere"), "Not Found", 404),
    ("update", lambda c: c.depupdate("nowhere", TEMPLATE, {}), "Not Found", 404),
    ("delete", lambda c: c.depdel("nowhere"), "Not Found", 404),
    ("reset", lambda c: c.depreset("nowhere"), "Not Found", 404),
    ("template of", lambda c: c.deptemplate("nowhere"), "Not Found", 404),
    ("log of", lambda c: c.deplog("nowhere"), "Not Found", 404),
    ("resources of", lambda c: c.resls("nowhere"), "Not Found", 404),
    ("action on", lambda c: c.vm("stop", "nowhere", "1"), "Not Found", 404),
    ("list", lambda c: c.depls(createdBy="alice"), "Bad Request", 400),
    ("another's", lambda c: c.depls(createdBy="bob@https://x.example.org"), "Forbidden", 403),
]


@pytest.mark.parametrize(("what", "command", "title", "code"), REFUSALS, ids=[row[0] for row in REFUSALS])
async def test_a_refusal_is_seen_as_one(
    client: StrictClient, what: str, command: Callable[[StrictClient], object], title: str, code: int
) -> None:
    with pytest.raises(SaidNo) as refused:
        await asyncio.to_thread(command, client)

    assert refused.value.text.startswith(REFUSED.format(title, code)), what


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_a_token_that_proves_nothing_is_refused_by_every_command(
    served: Served, token: str, request: pytest.FixtureRequest
) -> None:
    client = StrictClient(served.url, token)
    request.addfinalizer(client.close)

    for command in (client.depls, client.showconf, lambda: client.depdel("x"), lambda: client.deplog("x")):
        with pytest.raises(SaidNo) as refused:
            await asyncio.to_thread(command)
        assert refused.value.code == 401


async def test_links_do_not_lead_where_a_stranger_says(served: Served, client: StrictClient) -> None:
    address = httpx.URL(served.url)

    page = await asyncio.to_thread(client.get, "deployments", **{"X-Forwarded-Host": "evil.example.org"})

    assert page.json()["links"][0]["href"].startswith(f"http://{address.host}:{address.port}/deployments?")
