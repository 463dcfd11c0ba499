"""The whole system: real Kafka, PostgreSQL, issuer, Infrastructure Manager, and all six services as processes."""

from collections.abc import Generator
from dataclasses import dataclass

import httpx
import pytest

from embedded.keys import Keys
from embedded.places import ROOT, Places, places
from embedded.services import SERVICES
from embedded.system import System
from embedded.tokens import Wanted, mint
from tests.support.collector import Collector
from tests.support.waiting import soon

TEMPLATE = (ROOT / "embedded" / "demo" / "template.yaml").read_text()
IMPATIENT = {"DEPLOYER_UNREACHABLE": "2", "DEPLOYER_STUCK_AFTER": "30"}
"""A site that is away is given up after seconds, and its clean-up is not called stuck while a test waits for it."""
SETTLED = {"CREATE_COMPLETE", "CREATE_FAILED", "DELETE_COMPLETE", "DELETE_FAILED"}


@dataclass
class Whole:
    """The system as its users see it."""

    system: System
    traces: Collector

    def token(
        self, user: str = "alice", *, ttl: int = 3600, audience: str = "corale", groups: tuple[str, ...] = ("users",)
    ) -> str:
        """A token of the demo issuer."""
        wanted = Wanted(user, groups, audience, ttl)
        return mint(self.system.urls["issuer"], Keys(self.system.issuer_keys).issuer(), wanted)

    def client(self, token: str | None = None) -> httpx.Client:
        """The public API, as whoever the token speaks for; alice unless told otherwise."""
        headers = {"authorization": f"Bearer {token or self.token()}"}
        return httpx.Client(base_url=self.system.urls["gateway"], headers=headers, trust_env=False, timeout=30)

    def machines_of(self, user: str = "alice") -> int:
        """How many infrastructures the Infrastructure Manager itself has of a user."""
        lines = f"id = im; type = InfrastructureManager; token = {self.token(user)}"
        headers = {"Authorization": lines, "Accept": "application/json"}
        answer = httpx.get(f"{self.system.urls['im']}/infrastructures", headers=headers, trust_env=False, timeout=30)
        return len(answer.json()["uri-list"])

    def ask(self, client: httpx.Client, **more: object) -> str:
        """The id of a deployment of the demo's template."""
        answer = client.post("/deployments", json={"template": TEMPLATE, "parameters": {}, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["uuid"])

    def becomes(self, client: httpx.Client, deployment: str, status: str, *, within: float = 90) -> None:
        """Wait for a status."""

        def look() -> bool:
            found = client.get(f"/deployments/{deployment}").json()["status"]
            assert found == status or found not in SETTLED or status.startswith("DELETE"), f"{found}, not {status}"
            return bool(found == status)

        soon(look, within=within, what=status)


@pytest.fixture(scope="package")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Whole]:
    """The running system."""
    here = Places(var=tmp_path_factory.mktemp("story") / "var", cache=places().cache)
    traces = Collector()
    with (
        pytest.MonkeyPatch.context() as surroundings,
        traces.serving(),
        System(here, usual_ports=False, temporary=True, say=lambda _: None) as system,
    ):
        for service in SERVICES:
            surroundings.setenv(f"{service.module.upper()}_OTLP_ENDPOINT", traces.endpoint)
        for start in (system.postgres, system.kafka, system.issuer, system.im, system.simulated):
            start()
        system.wait_ready()
        system.service("deployer-im", settings=IMPATIENT)
        system.everything()
        system.wait_ready()
        yield Whole(system, traces)
