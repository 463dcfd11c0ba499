"""Whatever is sent to whatever the description offers, the answer is one that it describes, and never our fault."""

import asyncio
import sys
from pathlib import Path

import pytest

from shared.contracts.deployments import DeploymentCompleted
from shared.contracts.vocabulary import DeploymentId, Revision
from tests.component.gateway.door import DISK, machine, started
from tests.integration.clients.conftest import Served

pytest.importorskip("schemathesis", reason="schemathesis is not installed")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def stands(deployment: str) -> DeploymentCompleted:
    """It stands."""
    return DeploymentCompleted(
        deployment_id=DeploymentId(deployment), revision=Revision(1), resources=(machine(0), DISK), trials=()
    )


async def test_whatever_is_sent_is_answered_as_described(served: Served, tmp_path: Path) -> None:
    async with served.door.client() as alice:
        deployment = await served.door.create(alice)
        await served.door.tell(started(deployment), stands(deployment))
        (server, *_) = (await alice.get(f"/deployments/{deployment}/resources")).json()["content"]
    known = f'[parameters]\n"path.deployment" = "{deployment}"\n"path.resource" = "{server["uuid"]}"\n'
    (tmp_path / "schemathesis.toml").write_text(known)
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{served.url}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {served.door.token()}", "--checks", ",".join(CHECKS)]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "4", "--seed", "1", "--no-color"]
    command += ["--request-timeout", "20", "--max-failures", "20", "--exclude-path-regex", "/timeline$"]
    running = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await running.communicate()

    assert running.returncode == 0, out.decode()[-20_000:]
    async with served.door.client() as alice:
        assert (await alice.get(f"/deployments/{deployment}")).status_code == 200
