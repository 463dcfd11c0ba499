"""What users will do, drawn from a seed: the same seed asks for the same things at the same moments."""

import random
from dataclasses import dataclass

PATIENCE = 2.0
"""Seconds that the deployer waits for an answer of the cloud; some answers come later than that."""
DELETED = 0.3
LATEST_DELETION = 15.0
KEPT = 0.1
RETRIES = (None, None, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Wish:
    """One user's deployment. `at` and `deleted_after` (counted from acceptance) are in seconds."""

    number: int
    key: str
    at: float
    deleted_after: float | None
    max_providers: int | None
    keep_last: bool


def wishes(deployments: int, seed: int, span: float) -> tuple[Wish, ...]:
    """So many wishes within the span (seconds), about a third of them given up soon, most while they are created."""
    chance = random.Random(f"{seed}/wishes")
    return tuple(_wish(number, chance, span) for number in range(deployments))


def _wish(number: int, chance: random.Random, span: float) -> Wish:
    return Wish(
        number=number,
        key=f"{chance.getrandbits(128):032x}",
        at=chance.uniform(0, span),
        deleted_after=chance.uniform(0, LATEST_DELETION) if chance.random() < DELETED else None,
        max_providers=chance.choice(RETRIES),
        keep_last=chance.random() < KEPT,
    )


def script(seed: int) -> dict[str, object]:
    """The cloud's faults: at every site a fifth of the trials fail, and more go wrong in ways that must not show."""
    faults = [
        {"kind": "refuse", "probability": 0.1, "cause": "quota", "sentence": "No cores are left."},
        {"kind": "fail-late", "probability": 0.11, "seconds": 1, "cause": "capacity", "sentence": "No host was found."},
        {"kind": "lose-answer", "probability": 0.12},
        {"kind": "slow", "probability": 0.04, "seconds": PATIENCE + 1},
        {"kind": "unavailable", "probability": 0.06, "sentence": "Come back later."},
    ]
    return {"seed": seed, "ready_after": 1.5, "sites": {"*": {"faults": faults}}}
