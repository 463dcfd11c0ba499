"""How the broker is started: formatted once, then one Java process."""

import base64
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from string import Template

from embedded import machine
from embedded.processes import Command, NotReady

_PROPERTIES = Path(__file__).parent / "server.properties"
_QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
_JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


@dataclass(frozen=True, slots=True)
class Broker:
    """One node with its jars, its folder and its two ports."""

    jars: Path
    folder: Path
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """Where clients begin."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> Command:
        """Formats the storage if it is new, and says how to start the broker on it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        properties = self.folder / "server.properties"
        data = self.folder / "data"
        text = Template(_PROPERTIES.read_text())
        properties.write_text(text.substitute(PORT=self.port, CONTROLLER_PORT=self.controller_port, FOLDER=data))
        java = machine.java()
        if not (data / "meta.properties").exists():
            self._format(java, properties)
        return Command(argv=(java, *_JVM, _QUIET, "-cp", f"{self.jars}/*", "kafka.Kafka", str(properties)))

    def _format(self, java: str, properties: Path) -> None:
        identity = base64.urlsafe_b64encode(b"\x01" + secrets.token_bytes(15)).decode().rstrip("=")
        tool = [java, _JVM[3], _QUIET, "-cp", f"{self.jars}/*", "kafka.tools.StorageTool"]
        done = subprocess.run(
            [*tool, "format", "-t", identity, "-c", str(properties)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotReady(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")
