"""What operators hand to a dry run: a request, and a federation as the ranker's `/federation` tells it."""

import json
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from services.ranker.domain.federation import Federation
from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import Envelope
from shared.contracts.ranking import PlanRequested
from shared.contracts.sites import SiteDescribed, SiteObserved
from shared.contracts.topology import Json

DOCUMENT: TypeAdapter[dict[str, Json]] = TypeAdapter(dict[str, Json])


class _Site(BaseModel):
    site: SiteDescribed


class _Agreement(BaseModel):
    agreement: AgreementChanged


class _Observation(BaseModel):
    observation: SiteObserved


class _Federation(BaseModel):
    sites: list[_Site] = []
    agreements: list[_Agreement] = []
    observations: list[_Observation] = []


def read_request(file: Path) -> PlanRequested:
    """A request: `owner`, `user_group`, `topology` and `wishes`, as plans and deployments have them.

    Raises `ValueError` and `OSError`.
    """
    return PlanRequested.model_validate({"plan_id": "dry-run", **DOCUMENT.validate_json(file.read_bytes())})


def read_federation(file: Path, at: AwareDatetime) -> Federation:
    """What the ranker answered at `/federation`, as if all of it had been told at this time.

    Raises `ValueError` and `OSError`.
    """
    known, federation = _Federation.model_validate(json.loads(file.read_bytes())), Federation()
    facts: list[SiteDescribed | AgreementChanged | SiteObserved] = [one.site for one in known.sites]
    facts += [one.agreement for one in known.agreements]
    facts += [one.observation for one in known.observations]
    for number, fact in enumerate(facts):
        federation.fold(Envelope(id=f"fact-{number}", source="operator", time=at, body=fact))
    return federation
