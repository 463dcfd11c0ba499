"""People make agreements, and do to them what `domain/lifecycle.py` has a row for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Header, Query, Response
from pydantic import ValidationError

from services.slam.api.problems import flaw_of
from services.slam.api.schemas import (
    REFUSALS,
    AgreementView,
    Draft,
    Offer,
    Priorities,
    Renewal,
    RevisionSeen,
    Word,
    etag,
)
from services.slam.api.who import Acting
from services.slam.app.looking import Look
from services.slam.app.negotiate import Asked, Negotiation
from services.slam.app.refusals import Flaw, Unfit
from services.slam.domain.lifecycle import Act
from services.slam.domain.rights import Person
from services.slam.domain.terms import Terms
from services.slam.ports import Kept
from shared.contracts.vocabulary import AgreementId

SimpleAct = Literal[
    "send", "accept", "reject", "withdraw", "suspend", "resume", "terminate", "record", "enable", "disable"
]
LONGEST = 18


@dataclass(frozen=True, slots=True)
class _Hand:
    """Whoever does something: who, under which condition, and where the answer's headers go."""

    who: Person
    if_match: str | None
    response: Response
    negotiation: Negotiation
    look: Look

    async def do(self, agreement: str, act: Act, word: Word, terms: Callable[[Terms], Terms] | None = None) -> Kept:
        """One act. Raises what `Negotiation.act` raises, and `Unfit` when no revision is named."""
        revision = word.revision if self.if_match is None else _revision(self.if_match)
        if revision is None:
            raise Unfit(Flaw("revision", "nothing", "the revision that you looked at, here or as If-Match"))
        conditional = self.if_match is not None
        asked = Asked(act, revision, terms, word.comment, precondition=conditional)
        return await self.negotiation.act(self.who, AgreementId(agreement), asked)

    def show(self, kept: Kept) -> AgreementView:
        """The agreement as it is now, with its ETag."""
        self.response.headers["ETag"] = etag(kept)
        acts = self.look.acts(self.who, kept)
        return AgreementView.of(kept, self.negotiation.clock(), self.look.warning, acts)


Hands = Callable[..., Awaitable[_Hand]]


def acting_routes(person: Acting, negotiation: Negotiation, look: Look) -> APIRouter:
    """The write API. Each answers with the agreement as it is then, and its ETag."""

    async def hand(
        response: Response,
        who: Annotated[Person, Depends(person)],
        if_match: Annotated[str | None, Header(description="the ETag looked at; instead of `revision`")] = None,
    ) -> _Hand:
        return _Hand(who, if_match, response, negotiation, look)

    router = APIRouter(tags=["negotiation"], responses=REFUSALS)
    router.include_router(_drafting(hand))
    router.include_router(_dealing(hand))
    return router


def _drafting(hands: Hands) -> APIRouter:
    router = APIRouter()

    @router.post("/agreements", status_code=201)
    async def make(draft: Draft, hand: Annotated[_Hand, Depends(hands)]) -> AgreementView:
        """A new draft, by a manager of its group; or, by an administrator, an agreement signed at once."""
        kept = await hand.negotiation.make(hand.who, draft.terms, signed=draft.signed, comment=draft.comment)
        hand.response.headers["Location"] = f"/agreements/{kept.record.id}"
        return hand.show(kept)

    @router.put("/agreements/{agreement}")
    async def save(agreement: str, offer: Offer, hand: Annotated[_Hand, Depends(hands)]) -> AgreementView:
        """Other terms for a draft (or, by an administrator, for what is signed)."""
        return hand.show(await hand.do(agreement, Act.SAVE, offer, lambda _: offer.terms))

    @router.delete("/agreements/{agreement}", status_code=204)
    async def delete(
        agreement: str,
        hand: Annotated[_Hand, Depends(hands)],
        revision: Annotated[RevisionSeen | None, Query()] = None,
    ) -> None:
        """Forget a draft."""
        await hand.do(agreement, Act.DELETE, Word(revision=revision))

    @router.put("/agreements/{agreement}/priorities")
    async def prioritise(agreement: str, like: Priorities, hand: Annotated[_Hand, Depends(hands)]) -> AgreementView:
        """How much the group likes it; what was agreed stays."""
        parts = {"priority": like.priority, "priorities": like.priorities}
        return hand.show(await hand.do(agreement, Act.PRIORITISE, like, lambda terms: _with(terms, parts)))

    return router


def _dealing(hands: Hands) -> APIRouter:
    router = APIRouter()

    @router.post("/agreements/{agreement}/counter")
    async def counter(agreement: str, offer: Offer, hand: Annotated[_Hand, Depends(hands)]) -> AgreementView:
        """A counter-offer: other terms, and it is the other side's turn."""
        return hand.show(await hand.do(agreement, Act.COUNTER, offer, lambda _: offer.terms))

    @router.post("/agreements/{agreement}/renew")
    async def renew(agreement: str, renewal: Renewal, hand: Annotated[_Hand, Depends(hands)]) -> AgreementView:
        """Another end, for what is signed; also after the old one has passed."""
        parts = {"ends": renewal.ends}
        return hand.show(await hand.do(agreement, Act.RENEW, renewal, lambda terms: _with(terms, parts)))

    @router.post("/agreements/{agreement}/{act}")
    async def simply(
        agreement: str,
        act: SimpleAct,
        hand: Annotated[_Hand, Depends(hands)],
        word: Annotated[Word | None, Body()] = None,
    ) -> AgreementView:
        """Everything that needs no more than a word."""
        return hand.show(await hand.do(agreement, Act(act), word or Word()))

    return router


def _revision(if_match: str) -> int:
    plain = if_match.strip().removeprefix("W/").strip('"')
    if not plain.isascii() or not plain.isdigit() or len(plain) > LONGEST:
        raise Unfit(Flaw("header.if-match", repr(if_match[:40]), 'an ETag of this agreement, such as "3"'))
    return int(plain)


def _with(standing: Terms, parts: Mapping[str, object]) -> Terms:
    try:
        return Terms.model_validate({name: getattr(standing, name) for name in Terms.model_fields} | dict(parts))
    except ValidationError as problems:
        raise Unfit(*(flaw_of(error) for error in problems.errors())) from None
