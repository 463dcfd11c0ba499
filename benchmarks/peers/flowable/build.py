"""How the peer is built, once per change of its sources, and started."""

import shutil
import subprocess
from pathlib import Path

from embedded import machine

_HERE = Path(__file__).parent


def command(build: Path, sagas: int, in_flight: int) -> list[str]:
    """How to start it; built in `build` first if need be. Raises `machine.Missing` when that is not possible."""
    _compile(build)
    jars = f"{build / 'classes'}:{build / 'jars'}/*"
    return [machine.java(), "-Xmx1g", "-cp", jars, "corale.bench.Saga", str(sagas), str(in_flight)]


def _compile(build: Path) -> None:
    done = build / "built"
    sources = (_HERE / "pom.xml", *_HERE.rglob("*.java"))
    if done.exists() and done.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return
    if shutil.which("javac") is None:
        raise machine.Missing("no Java compiler; install one (on Debian: apt-get install -y default-jdk-headless)")
    goals = ["compile", "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={build / 'jars'}"]
    told = subprocess.run(
        [machine.maven(), "-q", "-B", "-f", str(_HERE / "pom.xml"), f"-Dbench.build={build}", *goals],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise machine.Missing(f"Maven could not build the Flowable peer:\n{told.stdout[-2000:]}{told.stderr[-1000:]}")
    done.touch()
