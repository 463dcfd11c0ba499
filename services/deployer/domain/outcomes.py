"""What a backend may answer: outcomes are values, only surprises are exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from shared.contracts.topology import Json
from shared.contracts.trials import NodeProgress, Resource
from shared.contracts.vocabulary import Cause


@dataclass(frozen=True, slots=True)
class Created:
    """The site took the request; the thing has this id there."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Not there yet. `again` is how long the backend advises to wait before asking again."""

    message: str = ""
    nodes: tuple[NodeProgress, ...] = ()
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """All that the topology asked for stands."""

    outputs: Mapping[str, Json] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """The trial came to nothing: the cause class, a sentence for people, and whether another site may do better."""

    cause: Cause
    sentence: str
    site_fault: bool = True
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing with the tag exists at the site: the backend looked after removing."""


@dataclass(frozen=True, slots=True)
class Going:
    """Removal is under way. `remains` says what is still there."""

    remains: tuple[str, ...] = ()
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The site could not be asked, or had no time for us. `again` is when it wants to be asked again."""

    sentence: str
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unasked:
    """The vault could not be asked, so the site was not asked either: nobody's fault but ours."""

    sentence: str
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """The action is done; the resources are as they are after it."""

    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nobody can act for the owner: there is nothing to ask with until somebody can."""

    sentence: str
