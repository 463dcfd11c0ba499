"""The whole gateway on a real PostgreSQL with a real issuer, as its clients see it.

Nobody else is there: what the other services would tell is told by the test.
"""

import asyncio
import base64
import contextlib
import socket
import uuid
from collections.abc import AsyncIterator

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.types import ASGIApp

from embedded.issuer import Issuer
from embedded.keys import Keys
from embedded.tokens import Wanted, mint
from services.gateway.main import MIGRATIONS, build
from services.gateway.settings import GatewaySettings
from shared.contracts.message import Message
from shared.contracts.trials import Resource, TrialStarted
from shared.contracts.vocabulary import BackendName, DeploymentId, Principal, Revision, ServiceId, SiteId, TrialNo
from shared.messaging.transaction import Work
from shared.runtime import clock
from shared.runtime.migrations import migrate
from shared.runtime.service import Service
from tests.support.builders import an_envelope
from tests.support.waiting import eventually

ADMINS = "operators"
GROUP = "users"
MACHINE = "tosca.nodes.indigo.Compute"
TEMPLATE = """
tosca_definitions_version: tosca_simple_yaml_1_0
imports:
  - indigo_custom_types: https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml
topology_template:
  inputs:
    machines: {type: integer, default: 1}
    num_cpus: {type: integer, default: 1}
    greeting: {type: string, default: hello}
    admin_password: {type: string, required: false}
    removal_list: {type: list, entry_schema: {type: string}, default: []}
  node_templates:
    server:
      type: tosca.nodes.indigo.Compute
      capabilities:
        scalable: {properties: {count: {get_input: machines}, removal_list: {get_input: removal_list}}}
        host: {properties: {num_cpus: {get_input: num_cpus}, mem_size: 2 GB}}
        os: {properties: {type: linux, distribution: ubuntu}}
    disk:
      type: tosca.nodes.BlockStorage
      properties: {size: 10 GB}
  outputs:
    ip: {value: {get_attribute: [server, public_address, 0]}}
"""


class Door:
    """A gateway under test."""

    def __init__(self, service: Service, app: FastAPI, keys: Keys, issuer: str) -> None:
        self.service = service
        self.app = app
        self.url = "http://gateway.test"
        self._keys = keys
        self.issuer = issuer

    def token(self, user: str = "alice", *groups: str, ttl: int = 3600, audience: str = "corale") -> str:
        """A token of the issuer; of the group `users` unless told otherwise."""
        return mint(self.issuer, self._keys.issuer(), Wanted(user, groups or (GROUP,), audience, ttl))

    def client(self, user: str = "alice", *groups: str, **headers: str) -> httpx.AsyncClient:
        """The public API as a user sees it."""
        return self.as_sent({"authorization": f"Bearer {self.token(user, *groups)}", **headers})

    def as_sent(self, headers: dict[str, str]) -> httpx.AsyncClient:
        """The public API with these headers only."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=self.url, headers=headers)

    async def tell(self, *events: Message) -> None:
        """The story goes on, as it would be heard on the bus."""
        chronicle = next(hears for hears in self.service.hears if hears.consumer == "gateway")
        async with self.service.database.transaction() as connection:
            work = Work(connection, "gateway", clock.now())
            told = [an_envelope(event, id=str(uuid.uuid4()), at=clock.now(), source="deployer") for event in events]
            await chronicle.handler(work, told)
            await work.flush()
        work.committed()

    async def owner(self, deployment: str) -> Principal:
        """Whose a deployment is."""
        async with self.service.database.transaction() as connection:
            query = text("SELECT issuer, subject FROM deployments WHERE id = :id")
            row = (await connection.execute(query, {"id": deployment})).one()
        return Principal(issuer=row.issuer, subject=row.subject)

    async def create(self, client: httpx.AsyncClient, **more: object) -> str:
        """The id of a deployment that was just asked for."""
        answer = await client.post("/deployments", json={"template": TEMPLATE, "parameters": {}, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["uuid"])


def started(deployment: str, site: str = "cineca") -> TrialStarted:
    """The first trial begins."""
    return TrialStarted(
        deployment_id=DeploymentId(deployment),
        trial=TrialNo(1),
        revision=Revision(1),
        site=SiteId(site),
        service=ServiceId(f"{site}-compute"),
        backend=BackendName("im"),
        service_type="org.openstack.nova",
        endpoint=f"https://cloud.{site}.example.org:5000/v3",
        region="r1",
        deadline=clock.now(),
    )


def machine(number: int, **more: object) -> Resource:
    """What a site says of a machine of the node `server`."""
    attributes = {
        "cpu.count": 2,
        "memory.size": 4294967296,
        "private_address": [f"192.168.0.{number}"],
        "public_address": [f"192.0.2.{number}"],
        **more,
    }
    return Resource(node="server", type=MACHINE, external_id=f"infra/vms/{number}", attributes=attributes)


DISK = Resource(node="disk", type="tosca.nodes.BlockStorage", external_id="infra/disk")


@contextlib.asynccontextmanager
async def a_door(postgres: str, keys: Keys, **settings: object) -> AsyncIterator[Door]:
    """A gateway with a database of its own."""
    name = f"door_{uuid.uuid4().hex[:12]}"
    await _execute(postgres, f'CREATE DATABASE "{name}"')
    port = _free_port()
    issuer = f"http://127.0.0.1:{port}"
    trusted = [{"issuer": issuer, "audience": "corale", "admins": [ADMINS]}]
    given = {
        "database_url": f"{postgres.rpartition('/')[0]}/{name}",
        "kafka": "127.0.0.1:9",
        "port": 0,
        "issuers": trusted,
        "sealing_key": base64.b64encode(b"k" * 32).decode(),
        **settings,
    }
    service = build(GatewaySettings.model_validate(given))
    await migrate(service.database, MIGRATIONS)
    try:
        async with serving(Issuer(issuer, keys).application(), port):
            yield Door(service, service.app(), keys, issuer)
    finally:
        if service.close is not None:
            await service.close()
        await service.database.close()
        await _execute(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """An application on loopback; its address."""
    port = port or _free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    with contextlib.suppress(asyncio.CancelledError):
        running = asyncio.create_task(server.serve())
        await eventually(lambda: _up(server))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await running


async def _up(server: uvicorn.Server) -> bool:
    return server.started


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _execute(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
