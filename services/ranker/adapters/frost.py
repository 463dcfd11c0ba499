"""Facts as they were for rankings: each message once, compressed, and the sets of them that rankings used."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ranker.ports import FactSet
from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import Envelope
from shared.contracts.message import Message
from shared.contracts.sites import SiteDescribed, SiteObserved

PUT_FACTS = text("""
    INSERT INTO facts (id, told_at, type, body, used_at)
    SELECT id, told_at, type, body, :at FROM unnest(CAST(:ids AS text[]), CAST(:told AS timestamptz[]),
        CAST(:types AS text[]), CAST(:bodies AS bytea[])) AS fact (id, told_at, type, body)
    ON CONFLICT (id) DO UPDATE SET used_at = greatest(facts.used_at, excluded.used_at)
""")
PUT_SETS = text("""
    INSERT INTO fact_sets (digest, facts, used_at)
    SELECT digest, facts, :at FROM unnest(CAST(:digests AS text[]), CAST(:facts AS bytea[])) AS one (digest, facts)
    ON CONFLICT (digest) DO UPDATE SET used_at = greatest(fact_sets.used_at, excluded.used_at)
""")
SET = text("SELECT facts FROM fact_sets WHERE digest = :digest")
FACTS = text("SELECT id, told_at, type, body FROM facts WHERE id = ANY(CAST(:ids AS text[]))")
FORGET_RANKINGS = text("DELETE FROM rankings WHERE ranked_at < :before")
FORGET_SETS = text("DELETE FROM fact_sets WHERE used_at < :before")
FORGET_FACTS = text("DELETE FROM facts WHERE used_at < :before")
KINDS: dict[str, type[Message]] = {kind.type(): kind for kind in (SiteDescribed, AgreementChanged, SiteObserved)}
AGAIN = timedelta(days=1)
"""What was written longer ago is written again, so that its last use is known to the day."""
MOST = 200_000


class Frost:
    """Writes what is new in the sets it is given; what it wrote within a day it does not write again."""

    def __init__(self) -> None:
        self._sets: dict[str, datetime] = {}
        self._facts: dict[str, datetime] = {}

    async def put(self, connection: AsyncConnection, sets: Sequence[FactSet], at: datetime) -> None:
        """Keep these sets; at most two statements."""
        new = {one.digest: one for one in sets if not self._fresh(self._sets, one.digest, at)}
        if not new:
            return
        told = {fact.id: fact for one in new.values() for fact in one.facts}
        unknown = [fact for fact in told.values() if not self._fresh(self._facts, fact.id, at)]
        if unknown:
            columns = {
                "ids": [fact.id for fact in unknown],
                "told": [fact.at for fact in unknown],
                "types": [fact.fact.type() for fact in unknown],
                "bodies": [
                    zlib.compress(fact.fact.model_dump_json(exclude_defaults=True).encode()) for fact in unknown
                ],
            }
            await connection.execute(PUT_FACTS, {**columns, "at": at})
        lists = [zlib.compress("\n".join(fact.id for fact in one.facts).encode()) for one in new.values()]
        await connection.execute(PUT_SETS, {"digests": list(new), "facts": lists, "at": at})

    def written(self, sets: Sequence[FactSet], at: datetime) -> None:
        """Told when what was put is committed."""
        for known in (self._sets, self._facts):
            if len(known) > MOST:
                known.clear()
        for one in sets:
            self._sets[one.digest] = at
            self._facts.update((fact.id, at) for fact in one.facts)

    def _fresh(self, known: dict[str, datetime], key: str, at: datetime) -> bool:
        then = known.get(key)
        return then is not None and at - then < AGAIN


async def thawed(connection: AsyncConnection, digest: str) -> Sequence[Envelope]:
    """The facts of a set, to be folded; none if the set is not kept any more."""
    packed = await connection.scalar(SET, {"digest": digest})
    if packed is None:
        return []
    ids = zlib.decompress(packed).decode().split("\n")
    found = await connection.execute(FACTS, {"ids": ids})
    return [
        Envelope(
            id=row.id,
            source="ranker",
            time=row.told_at,
            body=KINDS[row.type].model_validate_json(zlib.decompress(row.body)),
        )
        for row in found
    ]


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Forget rankings made before then, and facts that no ranking since has used."""
    await connection.execute(FORGET_RANKINGS, {"before": before})
    for statement in (FORGET_SETS, FORGET_FACTS):
        await connection.execute(statement, {"before": before - 2 * AGAIN})
