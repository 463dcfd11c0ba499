"""The read API of the INDIGO generation: old orchestrators and dashboards go on as they are."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.slam.api.old_shapes import answer, document, preferences, served_by
from services.slam.api.who import Acting
from services.slam.app.looking import Look, Wanted
from services.slam.app.refusals import Forbidden
from services.slam.domain.record import Record
from services.slam.domain.rights import Person
from shared.contracts.topology import Json
from shared.contracts.vocabulary import AgreementId
from shared.messaging.transaction import Clock


def old_routes(person: Acting, look: Look, clock: Clock) -> APIRouter:
    """`/rest/slam`. What is in force today, for those who are in the group."""
    router = APIRouter(prefix="/rest/slam", tags=["INDIGO"])

    @router.get("/preferences")
    async def no_preferences(_: Annotated[Person, Depends(person)]) -> Response:
        """Always empty, as it ever was."""
        return answer([])

    @router.get("/preferences/{group:path}")
    async def preferences_of(group: str, who: Annotated[Person, Depends(person)]) -> Response:
        """What a group prefers and may use today; a group's name may have slashes."""
        if not who.admin and not look.rights.member(who, group):
            raise Forbidden(f"Your token does not say that you are in the group {group!r}.")
        at = clock()
        found = [kept.record for kept in await look.some(who, Wanted(group=group, in_force=True), at)]
        theirs = [one for one in found if who.admin or look.rights.member(who, group, one.terms.issuer)]
        return answer(preferences(group, theirs, look.sites, at))

    @router.get("/sla")
    async def those_wanted(
        who: Annotated[Person, Depends(person)],
        customer: str | None = None,
        provider: str | None = None,
        ids: Annotated[list[str] | None, Query()] = None,
        service_type: str | None = None,
    ) -> Response:
        """Those in force today that the caller may see."""
        at = clock()
        found = [kept.record for kept in await look.some(who, Wanted(customer, provider, in_force=True), at)]
        wanted = [one for one in found if not ids or one.id in ids]
        return answer([document(one, look.sites, at) for one in wanted if _is_of(service_type, one, look)])

    @router.get("/sla/{agreement}")
    async def one(agreement: str, who: Annotated[Person, Depends(person)]) -> Response:
        """One agreement, whatever has become of it."""
        kept = await look.one(who, AgreementId(agreement))
        body: Json = document(kept.record, look.sites, clock())
        return answer(body)

    return router


def _is_of(service_type: str | None, record: Record, look: Look) -> bool:
    words: Iterable[str] = (one.word for one in served_by(record, look.sites))
    return service_type is None or service_type in words
