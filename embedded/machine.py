"""What the machine must have, and how it gets it. Standard library only: runs before `.venv` exists.

`python3 -m embedded.machine` makes sure that virtual environments can be made; Java and Maven are asked for when Kafka
is first started.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

JAVA_AT_LEAST = 17
PYTHON_AT_LEAST = (3, 11)

PACKAGES = {
    "venv": ("python3-venv",),
    "java": ("default-jre-headless",),
    "maven": ("maven",),
}


class Missing(Exception):
    """Something is not on this machine and could not be installed. The text names the line that installs it."""


def java() -> str:
    """The `java` of a new enough Java, installed if need be."""
    found = _find_java()
    if found is None:
        install("java", f"Java {JAVA_AT_LEAST} or newer")
        found = _find_java()
    if found is None:
        raise Missing(f"no Java {JAVA_AT_LEAST} or newer after installing; set JAVA_HOME to one")
    return found


def maven() -> str:
    """The `mvn` command, installed if need be."""
    if shutil.which("mvn") is None:
        install("maven", "Maven")
    found = shutil.which("mvn")
    if found is None:
        raise Missing("no `mvn` on the path after installing it")
    return found


def virtual_environments() -> None:
    """See to it that `python -m venv` works with the interpreter that runs this."""
    if sys.version_info < PYTHON_AT_LEAST:
        need = ".".join(map(str, PYTHON_AT_LEAST))
        raise Missing(
            f"Python {need} or newer is needed, this is {sys.version.split()[0]}; try `make PYTHON=python{need}`"
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        install("venv", "Python's venv module")


def install(what: str, name: str) -> None:
    """Install a package of the distribution if we may, else raise `Missing` with the line that does it."""
    packages = " ".join(PACKAGES[what])
    line = f"apt-get install -y --no-install-recommends {packages}"
    if shutil.which("apt-get") is None:
        raise Missing(f"{name} is missing; install it with this machine's own packages (on Debian: {line})")
    if os.geteuid() != 0:
        raise Missing(f"{name} is missing; install it with: sudo {line}")
    print(f"{name} is missing, installing it: {line}", flush=True)
    _apt("update")
    _apt("install", "-y", "--no-install-recommends", *PACKAGES[what])


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "-q", *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"apt-get {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


def _find_java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    candidates = [
        *([str(Path(home) / "bin" / "java")] if home else []),
        *([path] if (path := shutil.which("java")) else []),
        *sorted(map(str, Path("/usr/lib/jvm").glob("*/bin/java"))),
    ]
    return next((path for path in candidates if _java_version(path) >= JAVA_AT_LEAST), None)


def _java_version(path: str) -> int:
    try:
        done = subprocess.run([path, "-version"], capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return 0
    said = re.search(r'version "(\d+)', done.stderr + done.stdout)
    return int(said.group(1)) if said and done.returncode == 0 else 0


if __name__ == "__main__":
    try:
        virtual_environments()
    except Missing as lack:
        sys.exit(str(lack))
