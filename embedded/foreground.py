"""Runs the system until it is told to stop."""

import signal
import sys
import threading
import time
from types import FrameType

from embedded.kafka.jars import WrongJars
from embedded.machine import Missing
from embedded.parts import AlreadyRunning
from embedded.places import Places
from embedded.processes import NotReady
from embedded.services import SERVICES
from embedded.supervisor import Supervisor
from embedded.system import System

_SERVICE_SECONDS = 60.0
_GROUNDS = ("kafka", "postgres", "issuer", "im", "simulated")
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(places: Places) -> int:
    """Start everything, restart what dies, stop everything at a signal. Not 0 if it could not start."""
    for number in _ENDINGS:
        signal.signal(number, _interrupt)
    try:
        with System(places, say=say) as system:
            supervisor = Supervisor(system, say)
            try:
                _start(system, supervisor)
                threading.Event().wait()
            finally:
                # A second Ctrl-C must not leave half of it running.
                for number in _ENDINGS:
                    signal.signal(number, signal.SIG_IGN)
                say("stopping everything")
                supervisor.leave()
    except KeyboardInterrupt:
        return 0
    except (AlreadyRunning, Missing, NotReady, WrongJars, LookupError, OSError) as reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    return 0


def say(sentence: str) -> None:
    """A line for people, at once."""
    print(sentence, flush=True)


def line(name: str, url: str, state: str) -> None:
    """One line about one part."""
    say(f"  {name:<20}{url:<48}{state}".rstrip())


def _start(system: System, supervisor: Supervisor) -> None:
    began = time.monotonic()
    system.everything()
    for name in _GROUNDS:
        if name in system.processes:
            system.wait_ready(name)
        if name in system.urls:
            line(name, system.urls[name].rpartition("@")[2], "ready" if name in system.processes else "not ours")
    supervisor.start()
    deadline = time.monotonic() + _SERVICE_SECONDS
    for service in SERVICES:
        if service.exists:
            _await(system, service.name, deadline)
        else:
            line(service.name, "", "not written yet")
    system.write_addresses(started=True)
    say(f"up after {time.monotonic() - began:.1f} s; addresses in {system.places.addresses}")


def _await(system: System, name: str, deadline: float) -> None:
    """A service that dies because another one is not there yet gets its next chance from the supervisor."""
    process = system.processes[name]
    while not process.ready and time.monotonic() < deadline:
        time.sleep(0.05)
    line(name, system.urls[name], "ready" if process.ready else f"NOT READY, see {process.log}")


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
