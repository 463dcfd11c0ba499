"""The vault: tokens and secret inputs, sealed, each bound to what it is about; and the right to act that follows."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.adapters.custody import GIVEN_AGAIN, SERVES, about, digest_of
from services.gateway.adapters.sealing import Sealer
from services.gateway.domain.custody import EXPIRED, State
from services.gateway.ports import Kept, Secret, Withheld
from shared.contracts.topology import Json
from shared.contracts.vocabulary import CredentialRef, DeploymentId, Principal, TrialNo

GIVE = f"""
    n AS (
        SELECT * FROM unnest(
            CAST(:of_issuers AS text[]), CAST(:of_subjects AS text[]), CAST(:of_groups AS text[]),
            CAST(:of_states AS text[]), CAST(:digests AS text[]), CAST(:ends AS timestamptz[]),
            CAST(:given AS bytea[]), CAST(:dues AS timestamptz[])
        ) AS u(issuer, subject, user_group, state, digest, expires_at, sealed, due_at)
    ), again AS (
        UPDATE grants g SET {GIVEN_AGAIN} FROM n
        WHERE g.issuer = n.issuer AND g.subject = n.subject AND g.user_group = n.user_group AND NOT {SERVES}
    )
    INSERT INTO grants (issuer, subject, user_group, state, digest, expires_at, sealed, due_at)
    SELECT issuer, subject, user_group, state, digest, expires_at, sealed, due_at FROM n
    WHERE NOT EXISTS (
        SELECT 1 FROM grants g WHERE g.issuer = n.issuer AND g.subject = n.subject AND g.user_group = n.user_group
    ) ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants of ours only
KEEP = text(f"""
    WITH kept AS (
        SELECT * FROM unnest(
            CAST(:refs AS text[]), CAST(:issuers AS text[]), CAST(:subjects AS text[]), CAST(:groups AS text[]),
            CAST(:expiries AS timestamptz[]), CAST(:sealed AS bytea[]), CAST(:inputs AS bytea[]),
            CAST(:deployments AS text[]), CAST(:renews AS boolean[])
        ) AS k(ref, issuer, subject, user_group, expires_at, sealed, inputs, deployment_id, renews)
    ), new AS (
        INSERT INTO credentials
            (ref, issuer, subject, user_group, expires_at, sealed, sealed_inputs, deployment_id, renews, kept_at)
        SELECT ref, issuer, subject, user_group, expires_at, sealed, inputs, deployment_id, renews, clock_timestamp()
        FROM kept ON CONFLICT (ref) DO NOTHING
    ), freed AS (
        DELETE FROM without_right w USING kept k WHERE w.deployment_id = k.deployment_id AND k.renews
    ), {GIVE}
""")  # noqa: S608 - constants of ours only
TAKE_UP = text(f"WITH {GIVE}")
OPEN = text("""
    SELECT mine.ref, mine.issuer, mine.subject, mine.user_group, mine.deployment_id, mine.sealed_inputs,
           mine.sealed AS own, mine.expires_at AS own_expires_at,
           g.state, g.sealed, g.expires_at, g.sealed_refresh IS NOT NULL AS renewable, g.why
    FROM credentials mine LEFT JOIN grants g
        ON g.issuer = mine.issuer AND g.subject = mine.subject AND g.user_group = mine.user_group
    WHERE mine.ref = :ref
""")
KEEP_OUTPUTS = text("""
    INSERT INTO secret_outputs (deployment_id, trial, sealed) VALUES (:deployment, :trial, :sealed)
    ON CONFLICT (deployment_id, trial) DO UPDATE SET sealed = excluded.sealed
""")
OPEN_OUTPUTS = text("SELECT sealed FROM secret_outputs WHERE deployment_id = :deployment AND trial = :trial")
FORGET = text("""
    WITH gone AS (SELECT unnest(CAST(:ids AS text[])) AS id),
    outputs AS (DELETE FROM secret_outputs USING gone WHERE deployment_id = gone.id),
    tokens AS (DELETE FROM credentials USING gone WHERE deployment_id = gone.id)
    DELETE FROM without_right USING gone WHERE deployment_id = gone.id
""")


class SealedVault:
    """`ports.Vault` in PostgreSQL. What is stored is worth nothing without the sealing key."""

    def __init__(self, key: bytes | Sealer, exchanging: frozenset[str] = frozenset()) -> None:
        """`key` has 32 bytes. Tokens of the issuers in `exchanging` are not used before they are exchanged."""
        self._sealer = key if isinstance(key, Sealer) else Sealer([key])
        self._exchanging = exchanging

    async def keep(self, connection: AsyncConnection, entries: Sequence[Kept], at: datetime) -> None:
        """Seal each caller's token and secret inputs under a reference, and take the right to act into custody."""
        if not entries:
            return
        seal = self._sealer.seal
        columns = {
            "refs": [one.reference for one in entries],
            "issuers": [one.caller.principal.issuer for one in entries],
            "subjects": [one.caller.principal.subject for one in entries],
            "groups": [_group(one) for one in entries],
            "expiries": [one.caller.expires_at for one in entries],
            "sealed": [seal(one.reference, one.caller.token) for one in entries],
            "inputs": [
                seal(one.reference, json.dumps(dict(one.secret_inputs))) if one.secret_inputs else None
                for one in entries
            ],
            "deployments": [one.deployment for one in entries],
            "renews": [one.renews for one in entries],
        }
        await connection.execute(KEEP, {**columns, **self._given(entries, at), "at": at})

    async def open(
        self, connection: AsyncConnection, reference: CredentialRef, at: datetime
    ) -> Secret | Withheld | None:
        """What the reference's owner gave, or what it was exchanged for, with the reference's secret inputs."""
        row = (await connection.execute(OPEN, {"ref": reference})).first()
        if row is None:
            return None
        if row.state is None:
            return await self._taken_up(connection, row, at)
        if row.state == State.LOST:
            return Withheld(row.why)
        if row.state == State.GIVEN and row.issuer in self._exchanging:
            return Withheld("The owner's token is being exchanged.", for_now=True)
        if row.expires_at <= at:
            return Withheld("The owner's token is being renewed.", for_now=True) if row.renewable else Withheld(EXPIRED)
        return self._secret(row, self._sealer.open(about(_owner(row), row.user_group), row.sealed))

    async def keep_outputs(
        self, connection: AsyncConnection, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]
    ) -> None:
        """Seal the secret outputs of a trial."""
        sealed = self._sealer.seal(f"{deployment}/{trial}", json.dumps(dict(outputs)))
        await connection.execute(KEEP_OUTPUTS, {"deployment": deployment, "trial": trial, "sealed": sealed})

    async def outputs(
        self, connection: AsyncConnection, deployment: DeploymentId, trial: TrialNo
    ) -> Mapping[str, Json]:
        """The secret outputs of a trial."""
        sealed = await connection.scalar(OPEN_OUTPUTS, {"deployment": deployment, "trial": trial})
        opened: dict[str, Json] = json.loads(self._sealer.open(f"{deployment}/{trial}", sealed)) if sealed else {}
        return opened

    async def forget(self, connection: AsyncConnection, deployments: Sequence[DeploymentId]) -> None:
        """Forget the secret outputs and the credentials of deployments that are gone."""
        if deployments:
            await connection.execute(FORGET, {"ids": list(deployments)})

    def _given(self, entries: Sequence[Kept], at: datetime) -> dict[str, list[object]]:
        """One token for each owner in a group: the one that lives longest."""
        best: dict[tuple[Principal, str], Kept] = {}
        for one in sorted(entries, key=lambda one: one.caller.expires_at):
            best[one.caller.principal, _group(one)] = one
        owners, exchanged = list(best), [one.caller.principal.issuer in self._exchanging for one in best.values()]
        ends = [one.caller.expires_at for one in best.values()]
        return {
            "of_issuers": [owner.issuer for owner, _ in owners],
            "of_subjects": [owner.subject for owner, _ in owners],
            "of_groups": [group for _, group in owners],
            "of_states": [State.GIVEN if first else State.HELD for first in exchanged],
            "digests": [digest_of(one.caller.token) for one in best.values()],
            "ends": list(ends),
            "given": [self._sealer.seal(about(*key), one.caller.token) for key, one in best.items()],
            "dues": [at if first else end for first, end in zip(exchanged, ends, strict=True)],
        }

    async def _taken_up(
        self, connection: AsyncConnection, row: Row[tuple[object, ...]], at: datetime
    ) -> Secret | Withheld:
        """The grant was let go when nobody seemed to want it; the token that came with the request may still live."""
        if row.own_expires_at <= at:
            return Withheld(EXPIRED)
        token, exchanged = self._sealer.open(row.ref, row.own), row.issuer in self._exchanging
        again: dict[str, list[object]] = {
            "of_issuers": [row.issuer],
            "of_subjects": [row.subject],
            "of_groups": [row.user_group],
            "of_states": [State.GIVEN if exchanged else State.HELD],
            "digests": [digest_of(token)],
            "ends": [row.own_expires_at],
            "given": [self._sealer.seal(about(_owner(row), row.user_group), token)],
            "dues": [at if exchanged else row.own_expires_at],
        }
        await connection.execute(TAKE_UP, {**again, "at": at})
        return (
            Withheld("The owner's token is being exchanged.", for_now=True) if exchanged else self._secret(row, token)
        )

    def _secret(self, row: Row[tuple[object, ...]], token: str) -> Secret:
        inputs = json.loads(self._sealer.open(row.ref, row.sealed_inputs)) if row.sealed_inputs else {}
        return Secret(token, inputs, _owner(row), row.user_group or None, row.deployment_id)


def _group(kept: Kept) -> str:
    """A token that does not speak for the group, such as an administrator's, is kept as a person's own."""
    return kept.group if kept.group is not None and kept.group in kept.caller.groups else ""


def _owner(row: Row[tuple[object, ...]]) -> Principal:
    return Principal(issuer=row.issuer, subject=row.subject)
