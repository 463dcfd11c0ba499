"""How the Infrastructure Manager is installed and started."""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded import environment
from embedded.places import ROOT
from embedded.processes import Command

_HERE = Path(__file__).parent
_LOCK = _HERE / "requirements.lock"

_CATALOGUES = ROOT / "services" / "gateway" / "domain" / "tosca" / "catalogue"


@dataclass(frozen=True, slots=True)
class Manager:
    """One IM: its interpreter, its folder, its port, whose users it lets in, and where its TOSCA imports come from.

    `types` maps prefixes of import URLs to folders or files of this machine; what is not mapped cannot be imported,
    since the process reaches nothing but loopback addresses.
    """

    python: Path
    folder: Path
    port: int
    issuer: str
    types: Mapping[str, Path]

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Command:
        """Makes the folder, and says how to start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        variables = {
            "PYTHONPATH": str(ROOT),
            "CORALE_IM_PORT": str(self.port),
            "CORALE_IM_ISSUERS": self.issuer,
            "CORALE_IM_TYPES": ";".join(f"{prefix}={place}" for prefix, place in self.types.items()),
        }
        return Command((str(self.python), "-m", "embedded.im.launch"), variables, folder=self.folder)


def types_of_the_gateway() -> dict[str, Path]:
    """Import URL → file, of the types that the gateway compiles against: IM reads the same files."""
    found: dict[str, Path] = {}
    for listing in sorted(_CATALOGUES.glob("*/IMPORTS.json")):
        found |= {url: listing.parent / name for url, name in json.loads(listing.read_text(encoding="utf-8")).items()}
    return found


def interpreter(cache: Path, say: Callable[[str], None]) -> Path:
    """The interpreter of a virtual environment with exactly what the lock lists, made if need be."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    mark = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]
    home = cache / f"im-{mark}-py{version}"
    return environment.make(
        home, _LOCK, lambda: say("installing the Infrastructure Manager into an environment of its own (260 MB, once)")
    )
