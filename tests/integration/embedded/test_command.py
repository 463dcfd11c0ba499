"""`python -m embedded`: what people type, on a state folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded.addresses import Addresses
from embedded.services import SERVICES
from tests.support.waiting import soon

WITHOUT = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "CORALE_FEDERATION")


class Command:
    """The command on one state folder."""

    def __init__(self, var: Path) -> None:
        self.var = var

    def run(self, *arguments: str, expect: int = 0) -> str:
        environment = {name: value for name, value in os.environ.items() if name not in WITHOUT}
        done = subprocess.run(
            [sys.executable, "-m", "embedded", *arguments],
            env=environment | {"CORALE_VAR": str(self.var)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    @property
    def addresses(self) -> Addresses:
        return Addresses.model_validate_json((self.var / "embedded.json").read_bytes())


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    ours = Command(tmp_path_factory.mktemp("command") / "var")
    ours.run("up", "--detach")
    processes = [psutil.Process(pid) for pid in (ours.addresses.supervisor, *ours.addresses.pids.values())]
    yield ours
    ours.run("clean")
    assert not ours.var.exists()
    assert not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_all_services_come_up_as_separate_processes(command: Command) -> None:
    assert set(command.addresses.services) == {service.name for service in SERVICES}
    assert len(set(command.addresses.pids.values())) == len(SERVICES) + 5
    assert "not ready" not in command.run("status")


def test_a_second_up_says_that_the_first_is_running_and_where(command: Command) -> None:
    said = command.run("up")
    assert f"running already (process {command.addresses.supervisor}" in said
    assert str(command.addresses.gateway) in said


def test_a_token_names_its_user_and_groups(command: Command) -> None:
    token = command.run("token", "carol", "--group", "users", "--group", "admins").strip()
    assert token.count(".") == 2


def test_the_demo_falls_over_to_the_second_site_and_leaves_nothing(command: Command) -> None:
    said = command.run("demo")
    assert "the Infrastructure Manager has none of it any more (0)" in said
    assert "  NO " not in said


def test_a_service_that_is_killed_comes_back_under_its_address(command: Command) -> None:
    before = command.addresses
    psutil.Process(before.pids["ranker"]).kill()
    soon(lambda: command.addresses.pids.get("ranker") not in (None, before.pids["ranker"]), what="a new ranker")
    soon(lambda: "not ready" not in subprocess_status(command), within=40, what="everything being ready")
    assert command.addresses.services == before.services


def test_what_a_killed_supervisor_leaves_behind_down_stops(command: Command) -> None:
    left = {name: psutil.Process(pid) for name, pid in command.addresses.pids.items()}
    psutil.Process(command.addresses.supervisor).kill()
    soon(lambda: "nothing is running" in subprocess_status(command), what="the supervisor's end")
    said = command.run("down")
    assert all(name in said for name in left)
    assert not [name for name, one in left.items() if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert json.loads((command.var / "ports.json").read_text())


def subprocess_status(command: Command) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "embedded", "status"],
        env=os.environ | {"CORALE_VAR": str(command.var)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout
