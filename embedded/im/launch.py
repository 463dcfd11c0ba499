"""Starts the Infrastructure Manager on loopback. `python -m embedded.im.launch` with IM's own interpreter.

Its state goes to the current folder. IM reads its configuration from fixed places and has no option for another one,
and it makes its REST server while it is imported; so its settings are set here first. From the environment:
`CORALE_IM_PORT`, `CORALE_IM_ISSUERS` (comma separated), `CORALE_IM_TYPES` (`prefix=folder or file;…`),
`CORALE_IM_SLOW_SECONDS` (see `dummy.py`).
"""

import os
import sys
from pathlib import Path

from IM.config import Config  # type: ignore[import-not-found]

from embedded.im import dummy, guard, imports


def main() -> None:
    """Serve until told to stop."""
    folder = Path.cwd()
    _configure(folder, int(os.environ["CORALE_IM_PORT"]), os.environ["CORALE_IM_ISSUERS"])
    guard.install()
    imports.install(os.environ.get("CORALE_IM_TYPES", ""))
    dummy.install(float(os.environ.get("CORALE_IM_SLOW_SECONDS", "3")))

    from IM.im_service import main as serve  # type: ignore[import-not-found]  # noqa: PLC0415

    sys.argv = ["im_service"]
    serve()


def _configure(folder: Path, port: int, issuers: str) -> None:
    Config.REST_ADDRESS = "127.0.0.1"
    Config.REST_PORT = port
    Config.DATA_DB = f"sqlite://{folder}/infrastructures.sqlite"
    Config.LOG_FILE = str(folder / "im.log")
    Config.LOG_LEVEL = "INFO"
    Config.OIDC_ISSUERS = issuers.split(",")
    # As in the configuration that IM ships; the class's own default is 1.
    Config.MAX_SIMULTANEOUS_LAUNCHES = 5
    # Stock are 5 to 20 seconds between two looks at a machine; these machines have nothing to wait for.
    Config.VM_INFO_UPDATE_FREQUENCY = 1
    Config.CONFMAMAGER_CHECK_STATE_INTERVAL = 1
    Config.CHECK_CTXT_PROCESS_INTERVAL = 1
    Config.UPDATE_CTXT_LOG_INTERVAL = 1
    Config.WAIT_PUBLIC_IP_TIMEOUT = 10
    Config.DELAY_BETWEEN_VM_RETRIES = 1
    Config.PRIVATE_NET_MASKS = [*Config.PRIVATE_NET_MASKS, dummy.PRIVATE_MASK]


if __name__ == "__main__":
    main()
