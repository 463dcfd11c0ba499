"""Programs of Debian 12 that some tests need, fetched once and unpacked beside the machine, never installed on it."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from embedded.machine import Missing
from embedded.places import places

LIST = Path(__file__).parent / "packages.sha256"
LIBRARIES = "usr/lib/x86_64-linux-gnu"


def unpacked(name: str) -> Path:
    """A folder with the packages that `packages.sha256` lists under this name. Raises `Missing` if it cannot be had."""
    wanted = {package: digest for digest, group, package in _lines() if group == name}
    mark = hashlib.sha256(repr(sorted(wanted.items())).encode()).hexdigest()[:12]
    home = places().cache / f"{name}-{mark}"
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
            _unpack(_fetched(wanted, Path(scratch)), Path(scratch) / "root")
            (Path(scratch) / "root").rename(home)
    return home


def program(home: Path, path: str) -> Path:
    """A program among what was unpacked. Raises `Missing` with the names of the machine's libraries that it lacks."""
    found = home / path
    environment = os.environ | libraries(home)
    done = subprocess.run(["ldd", str(found)], env=environment, capture_output=True, text=True, check=False)
    lacking = [line.split()[0] for line in done.stdout.splitlines() if "not found" in line]
    if done.returncode or lacking:
        raise Missing(
            f"{found.name} does not run on this machine; it lacks {', '.join(lacking) or done.stderr.strip()}"
        )
    return found


def libraries(home: Path) -> dict[str, str]:
    """The environment in which those programs find the libraries that were unpacked with them."""
    return {"LD_LIBRARY_PATH": str(home / LIBRARIES)}


def _lines() -> list[tuple[str, str, str]]:
    rows = (line.split() for line in LIST.read_text().splitlines())
    return [(digest, group, package) for digest, group, package in rows]


def _fetched(wanted: dict[str, str], scratch: Path) -> list[Path]:
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise Missing(f"this machine has no {tool}, and with it comes what this test needs")
    line = ["apt-get", "-q", "-o", "APT::Sandbox::User=", "download", *wanted]
    done = subprocess.run(line, cwd=scratch, capture_output=True, text=True, check=False)
    if done.returncode and os.geteuid() == 0:
        subprocess.run(["apt-get", "-q", "update"], capture_output=True, check=False)
        done = subprocess.run(line, cwd=scratch, capture_output=True, text=True, check=False)
    if done.returncode:
        first, *others = wanted
        raise Missing(f"apt-get has no {first} or none of {len(others)} others: {done.stderr.strip()[-300:]}")
    files = sorted(scratch.glob("*.deb"))
    found = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    if found != set(wanted.values()):
        raise Missing(f"packages that are not as listed in {LIST.name} came from apt-get: {len(found)} files")
    return files


def _unpack(files: list[Path], root: Path) -> None:
    for file in files:
        subprocess.run(["dpkg", "-x", str(file), str(root)], check=True)
