"""Virtual environments of their own, with exactly what a hashed lock lists."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from embedded import machine


def make(home: Path, lock: Path, announce: Callable[[], None]) -> Path:
    """The interpreter of the environment in `home`, made (and announced) if it is not there or was not finished."""
    python, done = home / "bin" / "python", home / "done"
    if done.exists() and python.exists():
        return python
    announce()
    machine.virtual_environments()
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", str(home)])
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)])
    done.touch()
    return python


def _run(line: list[str]) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise machine.Missing(f"`{' '.join(line)}` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
