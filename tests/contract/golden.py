"""The golden files: every message as it once travelled, kept for ever.

`python -m tests.contract.golden` writes those that are missing and never touches one that is there.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.deployer.domain.commands import DEADLINES, orders_for
from shared.contracts.envelope import Headers, headers_of, known_types, value_of
from shared.contracts.message import Message
from shared.contracts.streams import STREAMS
from shared.contracts.vocabulary import BackendName
from tests.contract.told import BODIES, telling

FOLDER = Path(__file__).parent / "golden"
KNOWN = known_types(*STREAMS, DEADLINES, orders_for(BackendName("im")))


@dataclass(frozen=True)
class Golden:
    """A record as it lies in a file."""

    type: str
    version: int
    headers: Headers
    value: bytes


def name_of(kind: type[Message]) -> str:
    """The file of a message in its current version."""
    return f"{kind.type()}.v{kind.version}.json"


def every_golden() -> Iterator[Golden]:
    """All files, by name."""
    for file in sorted(FOLDER.glob("*.json")):
        kind, version = file.stem.rsplit(".v", 1)
        record = json.loads(file.read_text())
        headers = tuple((name, text.encode()) for name, text in record["headers"].items())
        yield Golden(kind, int(version), headers, json.dumps(record["value"]).encode())


def write_missing() -> list[str]:
    """Write a file for each current message that has none; returns their names."""
    FOLDER.mkdir(exist_ok=True)
    written = []
    for body in BODIES:
        file = FOLDER / name_of(type(body))
        if not file.exists():
            told = telling(body)
            headers = {name: value.decode() for name, value in headers_of(told)}
            record = {"headers": headers, "value": json.loads(value_of(told))}
            file.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
            written.append(file.name)
    return written


if __name__ == "__main__":
    print("\n".join(write_missing()) or "nothing is missing")  # noqa: T201 - a command for people
