"""The system in the background: started by one command, stopped by another."""

import os
import signal
import subprocess
import sys
import time

import psutil

from embedded import addresses
from embedded.places import ROOT, Places

_STOP_SECONDS = 60.0


def up(places: Places) -> int:
    """Start `up` in a session of its own and come back when it has started; shows what it says. The exit status."""
    places.make()
    log = places.logs / "up.log"
    with log.open("wb") as sink:
        running = subprocess.Popen(
            [sys.executable, "-m", "embedded", "up"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _follow(places, running)
    except KeyboardInterrupt:
        os.kill(running.pid, signal.SIGTERM)
        running.wait()
        return 130


def down(supervisor: int) -> None:
    """Stop the system that this process runs; returns when it has ended."""
    try:
        process = psutil.Process(supervisor)
        process.terminate()
        process.wait(_STOP_SECONDS)
    except psutil.NoSuchProcess:
        return


def _follow(places: Places, running: subprocess.Popen[bytes]) -> int:
    with (places.logs / "up.log").open(encoding="utf-8", errors="replace") as said:
        while True:
            known = addresses.read(places.addresses)
            started = known is not None and known.started and known.supervisor == running.pid
            status = running.poll()
            print(said.read(), end="", flush=True)
            if status is not None:
                print(said.read(), end="", flush=True)
                return status or 1
            if started:
                time.sleep(0.1)
                print(said.read(), end="", flush=True)
                return 0
            time.sleep(0.1)
