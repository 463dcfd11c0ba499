"""The vault: tokens and secret inputs, sealed with AES-256-GCM, each bound to its reference."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.ports import Secret
from shared.contracts.topology import Json
from shared.contracts.vocabulary import CredentialRef, DeploymentId, TrialNo
from shared.identity.caller import Caller

NONCE = 12
KEEP = text("""
    INSERT INTO credentials (ref, issuer, subject, expires_at, sealed, sealed_inputs)
    SELECT * FROM unnest(CAST(:refs AS text[]), CAST(:issuers AS text[]), CAST(:subjects AS text[]),
                         CAST(:expiries AS timestamptz[]), CAST(:sealed AS bytea[]), CAST(:inputs AS bytea[]))
    ON CONFLICT (ref) DO NOTHING
""")
OPEN = text("""
    SELECT mine.ref, mine.sealed_inputs, fresh.ref AS fresh_ref, fresh.sealed
    FROM credentials mine JOIN LATERAL (
        SELECT ref, sealed FROM credentials c
        WHERE c.issuer = mine.issuer AND c.subject = mine.subject AND c.expires_at > :at
        ORDER BY c.expires_at DESC LIMIT 1
    ) fresh ON true WHERE mine.ref = :ref
""")

KEEP_OUTPUTS = text("""
    INSERT INTO secret_outputs (deployment_id, trial, sealed) VALUES (:deployment, :trial, :sealed)
    ON CONFLICT (deployment_id, trial) DO UPDATE SET sealed = excluded.sealed
""")
OPEN_OUTPUTS = text("SELECT sealed FROM secret_outputs WHERE deployment_id = :deployment AND trial = :trial")
FORGET = text("DELETE FROM secret_outputs WHERE deployment_id = ANY(CAST(:ids AS text[]))")


class SealedVault:
    """`ports.Vault` in PostgreSQL. What is stored is worth nothing without the sealing key."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes."""
        self._cipher = AESGCM(key)

    async def keep(
        self, connection: AsyncConnection, entries: Sequence[tuple[CredentialRef, Caller, Mapping[str, Json]]]
    ) -> None:
        """Seal each caller's token and secret inputs under a reference."""
        if not entries:
            return
        columns = {
            "refs": [reference for reference, _, _ in entries],
            "issuers": [caller.principal.issuer for _, caller, _ in entries],
            "subjects": [caller.principal.subject for _, caller, _ in entries],
            "expiries": [caller.expires_at for _, caller, _ in entries],
            "sealed": [self._seal(reference, caller.token) for reference, caller, _ in entries],
            "inputs": [
                self._seal(reference, json.dumps(inputs)) if inputs else None for reference, _, inputs in entries
            ],
        }
        await connection.execute(KEEP, columns)

    async def open(self, connection: AsyncConnection, reference: CredentialRef, at: datetime) -> Secret | None:
        """The freshest living token of the reference's owner, with the reference's secret inputs."""
        row = (await connection.execute(OPEN, {"ref": reference, "at": at})).first()
        if row is None:
            return None
        inputs = json.loads(self._unseal(row.ref, row.sealed_inputs)) if row.sealed_inputs else {}
        return Secret(self._unseal(row.fresh_ref, row.sealed), inputs)

    async def keep_outputs(
        self, connection: AsyncConnection, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]
    ) -> None:
        """Seal the secret outputs of a trial."""
        sealed = self._seal(f"{deployment}/{trial}", json.dumps(dict(outputs)))
        await connection.execute(KEEP_OUTPUTS, {"deployment": deployment, "trial": trial, "sealed": sealed})

    async def outputs(
        self, connection: AsyncConnection, deployment: DeploymentId, trial: TrialNo
    ) -> Mapping[str, Json]:
        """The secret outputs of a trial."""
        sealed = await connection.scalar(OPEN_OUTPUTS, {"deployment": deployment, "trial": trial})
        opened: dict[str, Json] = json.loads(self._unseal(f"{deployment}/{trial}", sealed)) if sealed else {}
        return opened

    async def forget(self, connection: AsyncConnection, deployments: Sequence[DeploymentId]) -> None:
        """Forget the secret outputs of deployments that are gone."""
        if deployments:
            await connection.execute(FORGET, {"ids": list(deployments)})

    def _seal(self, reference: str, plain: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain.encode(), reference.encode())

    def _unseal(self, reference: str, sealed: bytes) -> str:
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], reference.encode()).decode()
