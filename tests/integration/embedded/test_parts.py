"""Processes are kept, killed, brought back and stopped; nothing here needs Kafka or PostgreSQL."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded import addresses, processes
from embedded.parts import AlreadyRunning, Parts, is_held
from embedded.places import Places
from embedded.ports import Ports, is_free
from embedded.processes import Command, NotReady
from embedded.supervisor import Supervisor
from tests.support.waiting import soon

SLEEPER = Command((sys.executable, "-c", "import time; time.sleep(600)"))
FAMILY = Command(("sh", "-c", "sleep 600 & sleep 600 & wait"))
STUBBORN = Command(
    (
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)",
    )
)


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return Places(tmp_path / "var", tmp_path / "cache")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def parts(where: Places, said: list[str]) -> Iterator[Parts]:
    with Parts(where, said.append) as held:
        yield held


def begin(parts: Parts, name: str, command: Command = SLEEPER) -> psutil.Process:
    parts.begin(name, command, lambda: True, f"http://127.0.0.1/{name}")
    parts.wait_ready(name)
    return psutil.Process(parts.processes[name].pid)


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_killed_part_stays_dead_until_it_is_started(parts: Parts) -> None:
    first = begin(parts, "ranker")
    parts.kill("ranker")
    assert is_gone(first)
    assert not parts.processes["ranker"].alive
    parts.start("ranker")
    assert parts.processes["ranker"].alive
    assert parts.processes["ranker"].pid != first.pid


def test_a_supervisor_brings_back_what_dies_and_says_how_it_died(parts: Parts, said: list[str]) -> None:
    first = begin(parts, "ranker")
    supervisor = Supervisor(parts, said.append)
    supervisor.start()
    first.kill()
    soon(lambda: parts.processes["ranker"].pid not in (None, first.pid), what="a new process")
    supervisor.leave()
    assert said == ["ranker died (signal 9), starting it again in 0.5 s"]


def test_a_supervisor_leaves_alone_what_was_stopped_on_purpose(parts: Parts, said: list[str]) -> None:
    begin(parts, "ranker")
    parts.stop_one("ranker")
    Supervisor(parts, said.append).look()
    assert not said


def test_what_a_part_started_goes_with_it(parts: Parts) -> None:
    family = begin(parts, "shell", FAMILY)
    soon(lambda: len(family.children()) == 2, what="two children")
    children = family.children()
    parts.kill("shell")
    assert all(map(is_gone, children))


def test_stopping_ends_the_services_before_kafka(where: Places, tmp_path: Path) -> None:
    with Parts(where, print) as parts:
        ranker = begin(parts, "ranker")
        look = f"kill -0 {ranker.pid} 2>/dev/null && echo alive > {tmp_path}/seen || echo gone > {tmp_path}/seen; exit"
        begin(parts, "kafka", Command(("sh", "-c", f"trap '{look}' TERM; echo; sleep 600 & wait")))
        soon(parts.processes["kafka"].log.read_text, what="the trap being set")
    assert (tmp_path / "seen").read_text() == "gone\n"


def test_what_does_not_stop_by_itself_is_killed(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.3)
    with Parts(where, print) as parts:
        stubborn = begin(parts, "ranker", STUBBORN)
        soon(parts.processes["ranker"].log.read_text, what="the signal being ignored")
    assert is_gone(stubborn)


def test_a_part_that_ends_on_its_way_up_is_reported_with_its_last_words(parts: Parts) -> None:
    parts.begin("broken", Command(("sh", "-c", "echo no such thing; exit 3")), lambda: False, "")
    with pytest.raises(NotReady, match=r"broken ended on its way up(?s:.)*no such thing"):
        parts.wait_ready("broken")


def test_only_one_system_runs_on_a_state_folder(where: Places, parts: Parts) -> None:
    assert is_held(where)
    with pytest.raises(AlreadyRunning):
        Parts(where, print)


def test_what_a_killed_run_left_behind_is_stopped_by_the_next_one(where: Places, said: list[str]) -> None:
    script = (
        "import os; from pathlib import Path; from embedded.parts import Parts; from embedded.places import Places\n"
        "from embedded.processes import Command\n"
        f"parts = Parts(Places(Path({str(where.var)!r}), Path({str(where.cache)!r})), print)\n"
        "parts.begin('ranker', Command(('sleep', '600')), lambda: True, 'http://127.0.0.1')\n"
        "print(parts.processes['ranker'].pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    orphan = psutil.Process(int(done.stdout))
    assert orphan.is_running()
    with Parts(where, said.append):
        assert is_gone(orphan)
    assert said == ["stopped ranker, which an earlier run had left behind"]


def test_addresses_are_written_while_it_runs_and_gone_afterwards(where: Places) -> None:
    with Parts(where, print) as parts:
        begin(parts, "gateway")
        begin(parts, "deployer-saga-2")
        told = addresses.read(where.addresses)
        assert told is not None
        assert told.gateway == "http://127.0.0.1/gateway"
        assert set(told.services) == {"gateway", "deployer-saga-2"}
        assert set(told.pids) == {"gateway", "deployer-saga-2"}
    assert addresses.read(where.addresses) is None


def test_a_taken_port_is_named_and_another_one_is_given(tmp_path: Path, said: list[str]) -> None:
    first = Ports(tmp_path / "ports.json", said.append, usual=False)
    wanted = first.of("gateway")
    assert Ports(tmp_path / "ports.json", said.append).of("gateway") == wanted
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(wanted), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        soon(lambda: not is_free(wanted), what="the port being taken")
        other = Ports(tmp_path / "ports.json", said.append).of("gateway")
    finally:
        server.kill()
        server.wait()
    assert other != wanted
    assert said == [f"port {wanted} of gateway is taken on this machine; gateway gets {other}"]
