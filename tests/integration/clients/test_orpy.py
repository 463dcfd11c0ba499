"""The real orpy 1.0.4, unchanged: every command it has, more deployments than it can page, every error it can meet."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared.contracts.deployments import DeploymentCompleted
from shared.contracts.vocabulary import DeploymentId, Revision
from tests.component.gateway.door import DISK, TEMPLATE, machine, started
from tests.integration.clients.agent import Agent, an_agent
from tests.integration.clients.conftest import Served

pytest.importorskip("orpy", reason="orpy==1.0.4 is not installed")
ORPY = str(Path(sys.executable).parent / "orpy")


class Said(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed with `-f json`."""
        assert self.code == 0, self.err
        return json.loads(self.out)


class Orpy:
    """The command, with an agent that has a token."""

    def __init__(self, url: str, agent: Agent) -> None:
        self.url = url
        self.agent = agent

    async def __call__(self, *arguments: str) -> Said:
        """Run it."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "ORCHESTRATOR_URL": self.url,
            "OIDC_SOCK": self.agent.socket,
            "OIDC_ACCOUNT": "corale",
            "CLIFF_MAX_TERM_WIDTH": "400",
        }
        running = await asyncio.create_subprocess_exec(
            ORPY, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await running.communicate()
        return Said(running.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def orpy(served: Served) -> AsyncIterator[Orpy]:
    """In the hands of alice."""
    async with an_agent(served.door.token(), served.door.issuer) as agent:
        yield Orpy(served.url, agent)


@pytest.fixture
def template(tmp_path: Path) -> str:
    """A template in a file."""
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    return str(file)


async def test_every_command_works(served: Served, orpy: Orpy, template: str) -> None:
    made = (await orpy("dep", "create", "-f", "json", template, "machines=1", "greeting=ciao")).json
    deployment = made["uuid"]
    done = DeploymentCompleted(
        deployment_id=DeploymentId(deployment),
        revision=Revision(1),
        outputs={"ip": "192.0.2.1"},
        resources=(machine(0), DISK),
        trials=(),
    )
    await served.door.tell(started(deployment), done)
    listed = (await orpy("dep", "list", "-f", "json")).json
    shown = (await orpy("dep", "show", "-f", "json", deployment)).json
    whole = await orpy("deployment", "show", "--long", deployment)
    resources = (await orpy("resource", "list", "-f", "json", deployment)).json
    resource = (await orpy("resource", "show", "-f", "json", deployment, resources[0]["uuid"])).json
    text = await orpy("dep", "template", deployment)
    updated = await orpy("dep", "update", deployment, template, "machines=2")
    gone = await orpy("dep", "delete", deployment)

    assert made["status"] == "CREATE_IN_PROGRESS"
    assert [(one["uuid"], one["status"]) for one in listed] == [(deployment, "CREATE_COMPLETE")]
    assert shown["uuid"] == deployment
    assert "192.0.2.1" in json.dumps(shown)
    assert (whole.code, "cineca-compute" in whole.out) == (0, True), whole.err
    assert [one["toscaNodeName"] for one in resources] == ["server", "disk"]
    assert resource["state"] == "STARTED"
    assert (text.code, "ciao" in text.out) == (0, True), text.err
    assert (updated.code, gone.code) == (0, 0), (updated.err, gone.err)
    assert orpy.agent.asked[0]["application_hint"] == "orpy"


async def test_the_service_is_asked_who_it_is(orpy: Orpy) -> None:
    info = await orpy("info", "-f", "json")
    configuration = await orpy("configuration", "show", "-f", "json")

    assert info.json["projectVersion"]
    assert "im_url" in configuration.json


async def test_more_deployments_than_fit_on_a_page_are_all_listed(served: Served, orpy: Orpy) -> None:
    async with served.door.client() as alice:
        made = {await served.door.create(alice) for _ in range(13)}

    assert {one["uuid"] for one in (await orpy("dep", "list", "-f", "json")).json} == made


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("dep", "show", "nowhere"), "The deployment <nowhere> doesn't exist"),
        (("dep", "delete", "nowhere"), "The deployment <nowhere> doesn't exist"),
        (("dep", "template", "nowhere"), "The deployment <nowhere> doesn't exist"),
        (("dep", "update", "nowhere", "TEMPLATE"), "The deployment <nowhere> doesn't exist"),
        (("resource", "list", "nowhere"), "The deployment <nowhere> doesn't exist"),
        (("resource", "show", "nowhere", "1"), "The deployment <nowhere> doesn't exist"),
        (("dep", "create", "TEMPLATE", "machines=many"), "machines"),
        (("dep", "create", "--callback-url", "ftp://x", "TEMPLATE"), "callback"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_an_error_is_told_in_the_words_of_the_service(
    orpy: Orpy, template: str, arguments: tuple[str, ...], sentence: str
) -> None:
    said = await orpy(*(template if argument == "TEMPLATE" else argument for argument in arguments))

    assert said.code == 1
    assert sentence in said.err
    assert "Traceback" not in said.err


async def test_a_conflict_is_told(served: Served, orpy: Orpy, template: str) -> None:
    async with served.door.client() as alice:
        deployment = await served.door.create(alice)

    said = await orpy("dep", "update", deployment, template)

    assert (said.code, "CREATE_IN_PROGRESS" in said.err) == (1, True)


async def test_a_token_that_has_expired_is_told(served: Served, orpy: Orpy) -> None:
    orpy.agent.token = served.door.token(ttl=-600)

    said = await orpy("dep", "list")

    assert (said.code, "expired" in said.err) == (1, True), said.err
    assert orpy.agent.token not in said.err
