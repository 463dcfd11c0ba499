"""A fact with the time it was told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from shared.contracts.agreements import AgreementChanged
from shared.contracts.message import Message

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Told(Generic[M]):
    """A fact, when it was told, and the id of the message that told it."""

    fact: M
    at: datetime
    id: str = ""


Agreements = tuple[Told[AgreementChanged], ...]
