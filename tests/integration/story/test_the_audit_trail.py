"""The audit trail of a running system: told on the bus, and proved against it from outside."""

import os
import subprocess
import sys

from sqlalchemy import create_engine, text

from embedded.places import ROOT
from tests.integration.story.conftest import Whole
from tests.support.waiting import soon

NEWEST = "gateway.audit SET seq = -seq WHERE seq = (SELECT max(seq) FROM gateway.audit)"
HIDDEN = "gateway.audit SET seq = -seq WHERE seq < 0"


def verified(whole: Whole, *options: str) -> tuple[int, str]:
    """Exit code and words of the command, run as an operator runs it."""
    command = [sys.executable, "-m", "services.gateway", "audit", "verify", *options]
    settings = os.environ | whole.system.settings_of("gateway")
    done = subprocess.run(command, env=settings, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_trail_and_a_deployment_follow_from_what_the_bus_was_told(whole: Whole) -> None:
    with whole.client() as client:
        client.headers["x-forwarded-for"] = "203.0.113.9"  # nobody trusts us as a proxy
        deployment = whole.ask(client)
        whole.becomes(client, deployment, "CREATE_COMPLETE")
        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")
        told = soon(lambda: _linked(client.get(f"/deployments/{deployment}/audit").json()["content"]), what="the links")
    assert [(entry["doing"], entry["client"]) for entry in told] == [("delete", "127.0.0.1"), ("create", "127.0.0.1")]

    code, words = soon(lambda: _all_told(verified(whole, "--bus", "--deployment", deployment)), within=60)

    assert code == 0, words
    assert "The chain holds" in words
    assert "The bus says the same of the" in words
    assert f"{deployment} is DELETE_COMPLETE" in words


def test_a_trail_that_was_cut_off_or_written_anew_is_not_what_the_bus_was_told(whole: Whole) -> None:
    with whole.client() as client:
        deployment = whole.ask(client)
        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")
        soon(lambda: _all_told(verified(whole, "--bus")), within=60)
    owner = create_engine(whole.system.databases()["gateway"].replace("+asyncpg", "+psycopg"))
    with owner.connect() as database:
        database.execute(text("ALTER TABLE gateway.audit DISABLE TRIGGER ALL"))
        database.execute(text(f"UPDATE {NEWEST}"))
        database.commit()
        code, words = verified(whole, "--bus")
        database.execute(text(f"UPDATE {HIDDEN}"))
        database.execute(text("ALTER TABLE gateway.audit ENABLE TRIGGER ALL"))
        database.commit()
    owner.dispose()

    assert code == 1
    assert "BROKEN: 1 entries that the bus has are not there" in words


def _linked(content: list[dict[str, object]]) -> list[dict[str, object]]:
    return content if content and all(entry.get("hash") for entry in content) else []


def _all_told(found: tuple[int, str]) -> tuple[int, str] | None:
    return found if "The bus says the same" in found[1] and "of the 0 entries" not in found[1] else None
