"""People make agreements and change them: looked up, decided, kept and told in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from services.slam.app.keeping import SOURCE, Changed, Keeping
from services.slam.app.refusals import Flaw, Forbidden, Impossible, Stale, Unfit, Unknown
from services.slam.domain.lifecycle import Act, Refusal, Role, Status, decide
from services.slam.domain.negotiation import kept_apart, too_late
from services.slam.domain.record import Record, Source
from services.slam.domain.refusing import one_of
from services.slam.domain.rights import Person, Rights
from services.slam.domain.sites import Sites
from services.slam.domain.terms import Terms
from services.slam.ports import Agreements, Kept
from shared.contracts.vocabulary import AgreementId
from shared.failures import Transient
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants done to which revision, and what the terms shall be then if not what they are.

    `precondition`: the revision was said as a condition of the request rather than as a part of it.
    """

    act: Act
    revision: int | None
    terms: Callable[[Terms], Terms] | None = None
    comment: str = ""
    precondition: bool = False


@dataclass(frozen=True, slots=True)
class Negotiation:
    """Where agreements are made. `ready` says whether the sites and their owners are all known."""

    agreements: Agreements
    keeping: Keeping
    database: Database
    rights: Rights
    sites: Sites
    ready: Callable[[], bool]
    clock: Clock
    mint: Callable[[], AgreementId]

    async def make(self, person: Person, terms: Terms, *, signed: bool = False, comment: str = "") -> Kept:
        """A new agreement: a draft, or signed at once. Raises `Forbidden`, `Unfit`, `Impossible`, `Transient`."""
        act = Act.RECORD if signed else Act.DRAFT
        status = self._decided(Status.NEW, act, person, terms)
        self._check(act, terms, self.clock())
        record = Record(self.mint(), status, terms)
        async with self.database.transaction() as connection:
            work = Work(connection, SOURCE, self.clock())
            (kept,) = await self.keeping.change(work, [Changed(record, act, person.principal, comment)])
            await work.flush()
        work.committed()
        return kept

    async def act(self, person: Person, agreement: AgreementId, asked: Asked) -> Kept:
        """The next revision. Raises what `make` raises, and `Unknown` and `Stale`.

        Who is second with the same revision is refused, so nothing is ever decided on what was not seen.
        """
        async with self.database.transaction() as connection:
            work = Work(connection, SOURCE, self.clock())
            kept = await self._found(work, person, agreement)
            record, revision = kept.record, kept.record.revision
            if asked.revision is not None and asked.revision != revision:
                raise Stale(kept, precondition=asked.precondition)
            status = self._decided(record.status, asked.act, person, record.terms)
            terms = asked.terms(record.terms) if asked.terms else record.terms
            roles = self._roles(person, record.terms)
            if apart := kept_apart(record.terms, terms, roles):
                raise Impossible(apart)
            self._check(asked.act, terms, work.at)
            following = replace(record, status=status, terms=terms, revision=revision + 1)
            change = Changed(following, asked.act, person.principal, asked.comment, kept.told)
            (now,) = await self.keeping.change(work, [change])
            await work.flush()
        work.committed()
        return now

    async def _found(self, work: Work, person: Person, agreement: AgreementId) -> Kept:
        kept = await self.agreements.one(work.connection, agreement, lock=True)
        if kept is None or not self.rights.may_read(person, kept.record, self.sites.owners(kept.record.terms.site)):
            self._who_is_who()
            raise Unknown(agreement)
        if kept.record.source is Source.FILE:
            raise Impossible(
                f"This agreement is the file agreements/{agreement}.yaml of the federation folder; change it there."
            )
        return kept

    def _decided(self, status: Status, act: Act, person: Person, terms: Terms) -> Status:
        roles = self._roles(person, terms, new=status is Status.NEW)
        match decide(status, act, roles, public=self.sites.public(terms.site, terms.services)):
            case Refusal(forbidden=True, sentence=sentence):
                self._who_is_who()
                raise Forbidden(sentence)
            case Refusal(sentence=sentence):
                raise Impossible(sentence)
            case Status() as following:
                return following

    def _roles(self, person: Person, terms: Terms, *, new: bool = False) -> frozenset[Role]:
        return self.rights.roles(person, terms, self.sites.owners(terms.site), new=new)

    def _who_is_who(self) -> None:
        """Nobody is refused for what we do not know yet."""
        if not self.ready():
            raise Transient("Who owns which site is still being read. Try again in a moment.")

    def _check(self, act: Act, terms: Terms, at: datetime) -> None:
        if late := too_late(act, terms, at):
            raise Impossible(late)
        if act not in (Act.DRAFT, Act.RECORD, Act.SAVE, Act.SEND, Act.COUNTER) or not self.ready():
            return
        if terms.site not in self.sites.names():
            raise Unfit(
                Flaw("terms.site", repr(terms.site), one_of(self.sites.names()) or "a site that the cmdb has told")
            )
        offered = [service.id for service in self.sites.services(terms.site)]
        flaws = [
            Flaw(f"terms.services.{n}", repr(service), one_of(offered) or "a service of the site; it has none")
            for n, service in enumerate(terms.services)
            if service not in offered
        ]
        if flaws:
            raise Unfit(*flaws)
