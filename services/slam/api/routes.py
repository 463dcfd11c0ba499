"""Who asks what was agreed is answered from the store."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.slam.api.schemas import READING, AgreementsView, AgreementView, HistoryView, VersionView, etag
from services.slam.api.who import Acting
from services.slam.app.looking import Look, Wanted
from services.slam.domain.rights import Person
from services.slam.ports import Kept
from shared.contracts.agreements import AgreementState
from shared.contracts.vocabulary import AgreementId
from shared.messaging.transaction import Clock
from shared.runtime.yaml_files.problems import ProblemsView
from shared.runtime.yaml_files.standing import Standing

MOST = 1000


def routes(person: Acting, look: Look, standing: Standing, clock: Clock) -> APIRouter:
    """The read API."""
    router = APIRouter(tags=["agreements"], responses=READING)

    def shown(who: Person, kept: Kept) -> AgreementView:
        return AgreementView.of(kept, clock(), look.warning, look.acts(who, kept))

    @router.get("/agreements")
    async def those_wanted(
        who: Annotated[Person, Depends(person)],
        wanted: Annotated[Wanted, Depends(_wanted)],
        page: Annotated[int, Query(ge=0)] = 0,
        size: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> AgreementsView:
        """Those that the caller may see and asks for."""
        found = await look.some(who, wanted, clock())
        some = found[page * size : (page + 1) * size]
        return AgreementsView(agreements=[shown(who, kept) for kept in some], page=page, size=size, total=len(found))

    @router.get("/agreements/problems")
    async def problems() -> ProblemsView:
        """What is wrong in the files of the federation folder."""
        return ProblemsView.of(standing.problems)

    @router.get("/agreements/{agreement}")
    async def one(agreement: str, who: Annotated[Person, Depends(person)], response: Response) -> AgreementView:
        """One agreement; its `ETag` is its revision."""
        kept = await look.one(who, AgreementId(agreement))
        response.headers["ETag"] = etag(kept)
        return shown(who, kept)

    @router.get("/agreements/{agreement}/history")
    async def history(agreement: str, who: Annotated[Person, Depends(person)]) -> HistoryView:
        """Every version: who did what, when and why."""
        versions = await look.history(who, AgreementId(agreement))
        return HistoryView(versions=[VersionView.of(version) for version in versions])

    return router


def _wanted(
    group: str | None = None,
    site: str | None = None,
    service: str | None = None,
    state: AgreementState | None = None,
    in_force: bool | None = None,  # noqa: FBT001 - a word of the query
) -> Wanted:
    return Wanted(group, site, service, state, in_force)
