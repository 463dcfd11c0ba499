"""The simulated cloud as a process: `python -m services.deployer.backends.simulated.cloud --port N --ledger FILE`."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from pydantic import ValidationError

from services.deployer.backends.simulated.api import build
from services.deployer.backends.simulated.faults import Script
from services.deployer.backends.simulated.ledger import FileLedger, LedgerTaken
from services.deployer.backends.simulated.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; 2 when it cannot begin."""
    options = _parser().parse_args(arguments)
    try:
        world = World(FileLedger(options.ledger), _now)
        if options.script is not None:
            _follow_file(world, options.script)
    except (LedgerTaken, OSError, ValidationError) as fault:
        sys.stderr.write(f"The simulated cloud cannot begin: {fault}\n")
        return 2
    uvicorn.run(build(world), host=options.host, port=options.port, log_level="critical", access_log=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.deployer.backends.simulated.cloud", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", type=Path, required=True, help="the file of what exists and was ever created")
    parser.add_argument("--script", type=Path, help="a JSON file of faults, see README.md")
    return parser


def _follow_file(world: World, path: Path) -> None:
    """A restart with the script it already follows goes on counting; another script begins anew."""
    script = Script.model_validate_json(path.read_bytes())
    if script != world.script:
        world.follow(script)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    raise SystemExit(main())
