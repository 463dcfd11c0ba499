"""Writes what follows from the contracts: docs/contracts.md, docs/asyncapi.json and the schema snapshots.

`python -m docs.generate` writes, `python -m docs.generate --check` shows the difference and exits 1 if there is one.
A snapshot is never overwritten by a schema that breaks readers: such a message needs a new version.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from docs.asyncapi import asyncapi
from docs.catalogue import catalogue
from docs.schemas import breaking_changes, snapshots
from services.deployer.domain.commands import DEADLINES, orders_for
from shared.contracts.streams import STREAMS, Stream
from shared.contracts.vocabulary import BackendName

ROOT = Path(__file__).parents[1]
SNAPSHOTS = "tests/contract/schemas/"
PRIVATE = (orders_for(BackendName("{backend}")), DEADLINES)
ALL: tuple[Stream, ...] = (*STREAMS, *PRIVATE)


def generated() -> dict[str, str]:
    """Path from the root → text, of every generated file."""
    files = {
        "docs/contracts.md": catalogue(STREAMS, PRIVATE),
        "docs/asyncapi.json": _as_json(asyncapi(ALL)),
    }
    kinds = {kind for stream in ALL for kind in stream.members}
    return files | {f"{SNAPSHOTS}{name}": _as_json(schema) for name, schema in snapshots(kinds).items()}


def differences(files: Mapping[str, str]) -> Iterator[str]:
    """What would change if the files were written, as unified diffs."""
    for name, text in files.items():
        before = _present(name).splitlines()
        yield from difflib.unified_diff(
            before, text.splitlines(), f"{name} (as it is)", f"{name} (from the code)", "", "", 3, ""
        )


def refusals(files: Mapping[str, str]) -> Iterator[str]:
    """Changes that would break readers of a message in a version they know."""
    for name, text in files.items():
        if name.startswith(SNAPSHOTS) and (before := _present(name)):
            for change in breaking_changes(json.loads(before), json.loads(text)):
                yield f"{name}: {change}"


def main() -> int:
    """The exit status: 0 when what is on disk follows from the code (after writing, without `--check`)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing, show what differs")
    check = parser.parse_args().check
    files = generated()
    if refused := list(refusals(files)):
        print("These changes break readers; give the message a new version (CONTRIBUTING.md):", *refused, sep="\n  ")
        return 1
    changed = list(differences(files))
    print("\n".join(changed) if changed else "contracts: all generated files follow from the code")
    if check:
        return int(bool(changed))
    for name, text in files.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


def _present(name: str) -> str:
    path = ROOT / name
    return path.read_text() if path.exists() else ""


def _as_json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
