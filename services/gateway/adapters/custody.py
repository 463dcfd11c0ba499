"""Grants in PostgreSQL; see `app/custody.py` for what is promised."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.adapters.sealing import CannotOpen, Sealer
from services.gateway.app.custody import Claim, Claimed
from services.gateway.domain.custody import Grant, State, Ward
from shared.contracts.vocabulary import CredentialRef, DeploymentId, Principal
from shared.identity.caller import Caller

log = logging.getLogger(__name__)
SERVES = """
    (g.digest = n.digest OR (g.state <> 'lost' AND
        (g.expires_at >= n.expires_at OR (g.state = 'held' AND g.sealed_refresh IS NOT NULL))))
"""
"""Whether the grant `g` is at least as good as the new token `n`."""
GIVEN_AGAIN = """
    state = 'given', digest = n.digest, expires_at = n.expires_at, sealed = n.sealed, sealed_refresh = NULL,
    due_at = CAST(:at AS timestamptz), attempts = 0, why = '', lease = NULL
"""
WELCOME = text(f"""
    UPDATE grants g SET {GIVEN_AGAIN}
    FROM (SELECT CAST(:issuer AS text) AS issuer, CAST(:subject AS text) AS subject, user_group, sealed,
                 CAST(:digest AS text) AS digest, CAST(:expires AS timestamptz) AS expires_at
          FROM unnest(CAST(:groups AS text[]), CAST(:sealed AS bytea[])) AS u(user_group, sealed)) n
    WHERE g.issuer = n.issuer AND g.subject = n.subject AND g.user_group = n.user_group AND NOT {SERVES}
""")  # noqa: S608 - constants of ours only
WAITING = text("""
    SELECT user_group FROM grants
    WHERE issuer = :issuer AND subject = :subject AND (state = 'lost' OR sealed_refresh IS NULL) AND digest <> :digest
""")
CLAIM = text("""
    WITH due AS (
        SELECT issuer, subject, user_group FROM grants WHERE due_at <= :at
        ORDER BY due_at LIMIT :room FOR UPDATE SKIP LOCKED
    )
    UPDATE grants g SET lease = :lease, due_at = :until FROM due
    WHERE g.issuer = due.issuer AND g.subject = due.subject AND g.user_group = due.user_group
    RETURNING g.issuer, g.subject, g.user_group, g.state, g.digest, g.expires_at, g.sealed, g.sealed_refresh,
        g.attempts, g.why,
        EXISTS (
            SELECT 1 FROM credentials c
            WHERE c.issuer = g.issuer AND c.subject = g.subject AND c.user_group = g.user_group AND c.expires_at > :at
        ) OR EXISTS (
            SELECT 1 FROM deployments d
            WHERE d.issuer = g.issuer AND d.subject = g.subject AND coalesce(d.user_group, '') = g.user_group
              AND d.status LIKE '%IN_PROGRESS'
        ) AS wanted
""")
RECORD = text("""
    UPDATE grants g SET state = u.state, digest = u.digest, expires_at = u.expires_at, sealed = u.sealed,
        sealed_refresh = u.sealed_refresh, due_at = u.due_at, attempts = u.attempts, why = u.why, lease = NULL
    FROM unnest(
        CAST(:issuers AS text[]), CAST(:subjects AS text[]), CAST(:groups AS text[]), CAST(:states AS text[]),
        CAST(:digests AS text[]), CAST(:expiries AS timestamptz[]), CAST(:sealed AS bytea[]),
        CAST(:refreshes AS bytea[]), CAST(:dues AS timestamptz[]), CAST(:attempts AS int[]), CAST(:whys AS text[])
    ) AS u(issuer, subject, user_group, state, digest, expires_at, sealed, sealed_refresh, due_at, attempts, why)
    WHERE g.issuer = u.issuer AND g.subject = u.subject AND g.user_group = u.user_group AND g.lease = :lease
    RETURNING g.issuer, g.subject, g.user_group
""")
LET_GO = text("""
    DELETE FROM grants g
    USING unnest(CAST(:issuers AS text[]), CAST(:subjects AS text[]), CAST(:groups AS text[]))
        AS u(issuer, subject, user_group)
    WHERE g.issuer = u.issuer AND g.subject = u.subject AND g.user_group = u.user_group AND g.lease = :lease
""")
WARDS = text("""
    SELECT d.id, d.issuer, d.subject, coalesce(d.user_group, '') AS user_group, r.ref,
           w.deployment_id IS NOT NULL AS lost
    FROM unnest(CAST(:issuers AS text[]), CAST(:subjects AS text[]), CAST(:groups AS text[]))
        AS u(issuer, subject, user_group)
    JOIN deployments d ON d.issuer = u.issuer AND d.subject = u.subject
        AND coalesce(d.user_group, '') = u.user_group AND d.status IN ('CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS')
    JOIN LATERAL (
        SELECT ref, issuer, subject FROM credentials c
        WHERE c.deployment_id = d.id AND c.renews ORDER BY c.kept_at DESC LIMIT 1
    ) r ON r.issuer = d.issuer AND r.subject = d.subject
    LEFT JOIN without_right w ON w.deployment_id = d.id
""")
MARK = text("""
    WITH lost AS (
        INSERT INTO without_right (deployment_id, since)
        SELECT id, CAST(:at AS timestamptz) FROM unnest(CAST(:lost AS text[])) AS id
        ON CONFLICT DO NOTHING RETURNING deployment_id
    ), regained AS (
        DELETE FROM without_right WHERE deployment_id = ANY(CAST(:regained AS text[])) RETURNING deployment_id
    )
    SELECT deployment_id FROM lost UNION ALL SELECT deployment_id FROM regained
""")


class PostgresGrants:
    """The store of grants."""

    def __init__(self, sealer: Sealer) -> None:
        """Tokens are sealed with it."""
        self._sealer = sealer

    async def claim(self, connection: AsyncConnection, claim: Claim) -> list[Claimed]:
        """Lease what is due, and say whether anybody wants it."""
        rows = await connection.execute(CLAIM, claim._asdict())
        opened = [(self._grant(row), row.wanted) for row in rows]
        return [Claimed(grant, wanted) for grant, wanted in opened if grant is not None]

    async def record(self, connection: AsyncConnection, lease: str, grants: Sequence[Grant]) -> list[Grant]:
        """Write those that are still under this lease."""
        if not grants:
            return []
        columns = {
            **_keys(grants),
            "states": [grant.state.value for grant in grants],
            "digests": [grant.digest for grant in grants],
            "expiries": [grant.expires_at for grant in grants],
            "sealed": [self._sealer.seal(about(grant.owner, grant.group), grant.token) for grant in grants],
            "refreshes": [self._sealed_refresh(grant) for grant in grants],
            "dues": [grant.due_at for grant in grants],
            "attempts": [grant.attempts for grant in grants],
            "whys": [grant.why for grant in grants],
        }
        rows = await connection.execute(RECORD, {**columns, "lease": lease})
        written = {(row.issuer, row.subject, row.user_group) for row in rows}
        return [grant for grant in grants if _key(grant) in written]

    async def let_go(self, connection: AsyncConnection, lease: str, grants: Sequence[Grant]) -> None:
        """Forget those that are still under this lease."""
        if grants:
            await connection.execute(LET_GO, {**_keys(grants), "lease": lease})

    async def wards(self, connection: AsyncConnection, grants: Sequence[Grant]) -> list[tuple[Ward, Grant]]:
        """Those whose latest order came from the owner: what an administrator ordered lives on another right."""
        of = {_key(grant): grant for grant in grants}
        rows = await connection.execute(WARDS, _keys(grants))
        return [
            (Ward(DeploymentId(row.id), CredentialRef(row.ref), row.lost), of[row.issuer, row.subject, row.user_group])
            for row in rows
        ]

    async def mark(
        self,
        connection: AsyncConnection,
        at: datetime,
        *,
        lost: Iterable[DeploymentId],
        regained: Iterable[DeploymentId],
    ) -> set[DeploymentId]:
        """Note it; a deployment is news once."""
        rows = await connection.execute(MARK, {"at": at, "lost": sorted(lost), "regained": sorted(regained)})
        return {DeploymentId(row.deployment_id) for row in rows}

    async def welcome(self, connection: AsyncConnection, caller: Caller, at: datetime) -> None:
        """Take the token for every group of which it speaks, and in which the caller's grant cannot go on by itself."""
        who = {"issuer": caller.principal.issuer, "subject": caller.principal.subject}
        rows = await connection.execute(WAITING, {**who, "digest": digest_of(caller.token)})
        groups = [row.user_group for row in rows if row.user_group in ("", *caller.groups)]
        if groups:
            sealed = [self._sealer.seal(about(caller.principal, group or None), caller.token) for group in groups]
            given = {"groups": groups, "sealed": sealed, "digest": digest_of(caller.token)}
            await connection.execute(WELCOME, {**who, **given, "expires": caller.expires_at, "at": at})

    def _grant(self, row: Row[tuple[object, ...]]) -> Grant | None:
        """One that no key opens waits for its key: nobody but an operator can have lost that."""
        owner, group = Principal(issuer=row.issuer, subject=row.subject), row.user_group or None
        try:
            token, refresh = (
                None if sealed is None else self._sealer.open(about(owner, group), sealed)
                for sealed in (row.sealed, row.sealed_refresh)
            )
        except CannotOpen:
            log.warning("a grant is sealed with a key that this gateway does not have")
            return None
        return Grant(
            owner=owner,
            group=group,
            state=State(row.state),
            expires_at=row.expires_at,
            token=token or "",
            refresh=refresh,
            digest=row.digest,
            attempts=row.attempts,
            why=row.why,
        )

    def _sealed_refresh(self, grant: Grant) -> bytes | None:
        return None if grant.refresh is None else self._sealer.seal(about(grant.owner, grant.group), grant.refresh)


def about(owner: Principal, group: str | None) -> str:
    """What a grant's tokens are bound to."""
    return "\n".join(("grant", owner.issuer, owner.subject, group or ""))


def digest_of(token: str) -> str:
    """What tells one token from another, and says nothing about it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _key(grant: Grant) -> tuple[str, str, str]:
    return grant.owner.issuer, grant.owner.subject, grant.group or ""


def _keys(grants: Sequence[Grant]) -> dict[str, list[str]]:
    keys = [_key(grant) for grant in grants]
    issuers, subjects, groups = ([key[place] for key in keys] for place in range(3))
    return {"issuers": issuers, "subjects": subjects, "groups": groups}
