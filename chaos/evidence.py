"""What the auditor is given, and what it finds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from shared.contracts.message import Message
from shared.contracts.topology import Json
from shared.contracts.vocabulary import DeploymentId


@dataclass(frozen=True, slots=True)
class Heard:
    """One record of the topic, as it stood there."""

    id: str
    type: str
    source: str
    time: datetime
    key: str
    partition: int
    offset: int
    body: Message


class Ending(StrEnum):
    """How a deployment ended, in the words that users see."""

    CREATE_COMPLETE = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything there is to judge by.

    `heard` is the topic in the order of its offsets; `ledger` what the cloud wrote down; `accepted` and `deleted` are
    the deployments whose creation and whose deletion were promised; `shown` is the status that users see at last;
    `refused` is what users were told who asked for something right, `set_aside` what is on dead-letter topics.
    """

    heard: Sequence[Heard]
    ledger: Sequence[Mapping[str, Json]]
    accepted: Collection[DeploymentId]
    deleted: Collection[DeploymentId] = ()
    shown: Mapping[DeploymentId, str] = field(default_factory=dict)
    refused: Sequence[str] = ()
    set_aside: Sequence[str] = ()


class Fault(StrEnum):
    """What may be wrong."""

    LOST = "lost"
    """Something that was promised, started or caused is nowhere on the topic."""
    DOUBLED = "doubled"
    """Something happened twice that may happen once."""
    LEAKED = "leaked"
    """Something stands in the cloud that nobody owns."""
    STUCK = "stuck"
    """Something was begun and has no end."""
    WRONG_END = "wrong end"
    """The end that was told is not what happened."""
    DISORDER = "disorder"
    """Something was told before its cause, or after the end."""
    REFUSED = "refused"
    """Somebody asked for something right and was told no."""


class Finding(NamedTuple):
    """One thing that is wrong, with a sentence for people."""

    fault: Fault
    deployment: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the auditor says. `endings` counts deployments by how they ended."""

    findings: tuple[Finding, ...]
    deployments: int
    events: int
    redelivered: int
    endings: Mapping[Ending, int]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def count(self, fault: Fault) -> int:
        """How many findings are of this kind."""
        return sum(finding.fault is fault for finding in self.findings)
