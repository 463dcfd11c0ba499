"""Importing any module, with nothing in the environment, does nothing: no socket, no process, no thread, no settings.

The risk: what happens on import happens in every test, every tool and every command, in an order nobody chose.
What of `embedded.im` runs inside IM's own environment is imported as far as its first import of what is only there.
"""

import subprocess
import sys
from pathlib import Path

from tests.architecture.house import PRODUCT, ROOT, sources

WATCH = """
import importlib, sys, threading

def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
        raise RuntimeError(f"{event} while importing")

sys.addaudithook(watch)
sys.path.insert(0, "")
from pydantic_settings import BaseSettings

for name in sys.argv[1:]:
    try:
        module = importlib.import_module(name)
    except BaseException as problem:
        if name.startswith("embedded.im.") and isinstance(problem, ModuleNotFoundError):
            continue
        print(f"{name}: {type(problem).__name__}: {problem}")
        continue
    if any(isinstance(value, BaseSettings) for value in vars(module).values()):
        print(f"{name}: reads its settings while importing")
    if threading.active_count() > 1:
        print(f"{name}: starts a thread while importing")
"""


def test_importing_the_house_does_nothing() -> None:
    modules = [source.module for source in sources() if source.parts[0] in PRODUCT and not _runs(source.parts)]
    assert len(modules) > 10
    assert _import(ROOT, *modules) == []


def test_a_loud_module_is_heard(tmp_path: Path) -> None:
    (tmp_path / "connects.py").write_text("import socket; socket.create_connection(('127.0.0.1', 9), 0.1)")
    (tmp_path / "reads.py").write_text("import os; os.environ['PORT']")
    (tmp_path / "settles.py").write_text("from pydantic_settings import BaseSettings; settings = BaseSettings()")
    (tmp_path / "spawns.py").write_text(
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    (tmp_path / "silent.py").write_text("import json")
    heard = _import(tmp_path, "silent", "connects", "reads", "settles", "spawns")
    assert [line.partition(":")[0] for line in heard] == ["connects", "reads", "settles", "spawns"]


def _runs(parts: tuple[str, ...]) -> bool:
    return parts[-1] == "__main__.py" or "migrations" in parts


def _import(house: Path, *modules: str) -> list[str]:
    command = [sys.executable, "-c", WATCH, *modules]
    told = subprocess.run(command, cwd=house, env={}, capture_output=True, text=True, check=False, timeout=50)
    assert told.returncode == 0, told.stderr
    return told.stdout.splitlines()
