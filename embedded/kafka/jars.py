"""The broker's jars: fetched once by Maven, and only used when each is the one we know."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from embedded import machine

_HERE = Path(__file__).parent
_KNOWN = _HERE / "jars.sha256"


class WrongJars(Exception):
    """What Maven brought is not what `jars.sha256` lists."""


def folder(cache: Path, say: Callable[[str], None]) -> Path:
    """A folder with exactly the jars on the list, or `$KAFKA_HOME/libs`. Raises `WrongJars`, `machine.Missing`."""
    home = os.environ.get("KAFKA_HOME")
    if home:
        return Path(home) / "libs"
    known = _known()
    mark = hashlib.sha256(_KNOWN.read_bytes()).hexdigest()[:12]
    jars = cache / f"kafka-{mark}"
    if not jars.is_dir() or _differences(jars, known):
        shutil.rmtree(jars, ignore_errors=True)
        say("fetching Apache Kafka's jars with Maven (43 MB, once)")
        _fetch(jars, known)
    return jars


def _fetch(jars: Path, known: dict[str, str]) -> None:
    mvn = machine.maven()
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        fresh = Path(scratch) / "jars"
        pom = shutil.copy(_HERE / "pom.xml", scratch)
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]
        done = subprocess.run(
            [mvn, "-q", "-B", "-f", pom, *goal], capture_output=True, text=True, check=False, cwd=scratch
        )
        if done.returncode:
            raise machine.Missing(f"Maven could not fetch Kafka's jars:\n{done.stdout[-2000:]}{done.stderr[-1000:]}")
        wrong = _differences(fresh, known)
        if wrong:
            raise WrongJars(f"jars that are not as listed in {_KNOWN.name}: {', '.join(wrong)}")
        fresh.rename(jars)


def _known() -> dict[str, str]:
    lines = (line.split() for line in _KNOWN.read_text().splitlines())
    return {name: digest for digest, name in lines}


def _differences(jars: Path, known: dict[str, str]) -> list[str]:
    here = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars.glob("*.jar")}
    return sorted(name for name in known.keys() | here.keys() if known.get(name) != here.get(name))
