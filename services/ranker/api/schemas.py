"""What HTTP clients see. Ages are seconds."""

from datetime import datetime

from pydantic import BaseModel

from shared.contracts.agreements import AgreementChanged
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.sites import SiteDescribed, SiteObserved


class KnownSite(BaseModel):
    """A site as it was told, so long ago."""

    age: float
    site: SiteDescribed


class KnownAgreement(BaseModel):
    """An agreement as it was told, so long ago."""

    age: float
    agreement: AgreementChanged


class KnownObservation(BaseModel):
    """What a collector saw, so long ago."""

    age: float
    observation: SiteObserved


class KnownFederation(BaseModel):
    """All that the ranker knows of others, and whether it has read all that there was when it started."""

    complete: bool
    sites: list[KnownSite]
    agreements: list[KnownAgreement]
    observations: list[KnownObservation]


class KeptRanking(BaseModel):
    """A ranking, and a digest of all that it was made from: the same inputs have the same digest."""

    at: datetime
    fits: bool
    inputs: str
    ranking: SitesRanked | NoSiteFits


class KnownStrategy(BaseModel):
    """A way to score what fits."""

    name: str
    sentence: str
    in_use: bool


class Arithmetic(BaseModel):
    """How sites are ranked: the filters by name, the strategies there are, and the weights in use."""

    filters: list[str]
    strategies: list[KnownStrategy]
    weights: dict[str, object]
