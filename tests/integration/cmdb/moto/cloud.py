"""moto, a simulator of AWS, in an environment of its own. It is not AWS: it checks no signature, for one."""

import hashlib
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from embedded import environment
from embedded.parts import Parts
from embedded.ports import Ports
from embedded.processes import Command

LOCK = Path(__file__).parent / "requirements.lock"


def moto(parts: Parts) -> str:
    """Its address, once it answers. Raises `Missing` with what this machine lacks."""
    mark = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    home = parts.places.cache / f"moto-{mark}-py{sys.version_info.major}.{sys.version_info.minor}"
    python = environment.make(home, LOCK, _announce)
    port = Ports(parts.places.var / "moto-ports.json", print, usual=False).of("moto")
    url = f"http://127.0.0.1:{port}"
    command = Command((str(python.parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)))

    def answers() -> bool:
        try:
            with urlopen(f"{url}/moto-api/", timeout=5):
                return True
        except (URLError, OSError):
            return False

    parts.begin("moto", command, answers, url)
    parts.wait_ready("moto", timeout=60)
    return url


def _announce() -> None:
    sys.stderr.write("installing moto (200 MB, once)\n")
