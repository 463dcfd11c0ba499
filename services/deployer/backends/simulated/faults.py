"""The script of faults: what goes wrong at which site, how often, and with what words."""

import random
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.vocabulary import Cause, Seconds, Share

ANY_SITE = "*"


class Kind(StrEnum):
    """What can go wrong. The last two strike any request to the site, the others what is created."""

    REFUSE = "refuse"
    FAIL_LATE = "fail-late"
    HANG = "hang"
    LOSE_ANSWER = "lose-answer"
    FORGET = "forget"
    KEEP = "keep"
    SLOW = "slow"
    UNAVAILABLE = "unavailable"


PASSING = frozenset({Kind.SLOW, Kind.UNAVAILABLE})


class Fault(BaseModel):
    """One fault. `seconds` is how late it comes (fail-late, forget) or how long it takes (slow).

    `count` is how often it strikes at most, counted from the moment the script was given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    probability: Share = 1.0
    count: Annotated[int, Field(ge=0)] | None = None
    cause: Cause = Cause.BACKEND
    sentence: str = ""
    site_fault: bool = True
    seconds: Seconds = 1.0


class SiteScript(BaseModel):
    """What one site does. `ready_after` is how long things take there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ready_after: Seconds | None = None
    faults: tuple[Fault, ...] = ()


class Script(BaseModel):
    """What all sites do; `*` is for the sites that are not named. The seed decides whom a probability hits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    ready_after: Seconds = 0.2
    sites: dict[str, SiteScript] = Field(default_factory=dict)

    def site(self, name: str) -> SiteScript:
        """What this site does."""
        return self.sites.get(name) or self.sites.get(ANY_SITE) or SiteScript()

    def delay(self, name: str) -> float:
        """How many seconds a thing takes at this site to become ready."""
        own = self.site(name).ready_after
        return self.ready_after if own is None else own


def striking(script: Script, site: str, token: str, used: Mapping[int, int], *, passing: bool = False) -> int | None:
    """The position of the first fault that strikes, by the seed and a token (the tag, or the number of a request).

    The same token meets the same fate, whatever happens around it, until a count is used up.
    """
    for position, fault in enumerate(script.site(site).faults):
        if (fault.kind in PASSING) is not passing:
            continue
        if fault.count is not None and used.get(position, 0) >= fault.count:
            continue
        chance = random.Random(f"{script.seed}/{site}/{position}/{token}").random()  # noqa: S311 - repeatable on purpose
        if chance < fault.probability:
            return position
    return None
