"""Where everything is, as written for whoever wants to talk to the running system."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Addresses(BaseModel):
    """URLs of what speaks HTTP, `host:port` of Kafka, and the database without a password. `pids` by part.

    `supervisor` is the process that started it all, `started` whether it has finished starting.
    """

    model_config = ConfigDict(frozen=True)

    supervisor: int
    started: bool = False
    gateway: str | None = None
    issuer: str | None = None
    im: str | None = None
    simulated: str | None = None
    kafka: str | None = None
    postgres: str | None = None
    services: Mapping[str, str] = Field(default_factory=dict)
    pids: Mapping[str, int] = Field(default_factory=dict)


def write(file: Path, addresses: Addresses) -> None:
    """Replace the file in one step."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(addresses.model_dump(mode="json"), indent=2) + "\n")
    fresh.replace(file)


def read(file: Path) -> Addresses | None:
    """What is written, or `None` when nothing is."""
    try:
        return Addresses.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
