"""Credentials for sites in our own store, sealed: for federations without a Vault."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text

from services.gateway.adapters.sealing import Sealer
from services.gateway.app.sites import SiteKey
from services.gateway.ports import Secret
from shared.messaging.database import Database

PUT = text("""
    INSERT INTO site_credentials (issuer, subject, user_group, service, sealed, changed_at)
    VALUES (:issuer, :subject, :group, :service, :sealed, :at)
    ON CONFLICT (issuer, subject, user_group, service)
    DO UPDATE SET sealed = excluded.sealed, changed_at = excluded.changed_at
""")
ONE = text("""
    SELECT user_group, sealed FROM site_credentials
    WHERE issuer = :issuer AND subject = :subject AND user_group IN (:group, '') AND service = :service
    ORDER BY user_group DESC LIMIT 1
""")
DELETE = text("""
    DELETE FROM site_credentials
    WHERE issuer = :issuer AND subject = :subject AND user_group = :group AND service = :service
    RETURNING service
""")
NAMES = text("""
    SELECT service, user_group, changed_at FROM site_credentials WHERE issuer = :issuer AND subject = :subject
    ORDER BY service, user_group
""")


class SealedSites:
    """`app.sites.Sites` and `OwnSites` in PostgreSQL. A credential for a group goes before one for all of them."""

    def __init__(self, sealer: Sealer, database: Database) -> None:
        """Each call is a transaction of its own."""
        self._sealer = sealer
        self._database = database

    async def credentials(self, secret: Secret, service: str) -> Mapping[str, str]:
        """See `app.sites.Sites`."""
        key = SiteKey(secret.owner, secret.group, service)
        async with self._database.transaction() as connection:
            row = (await connection.execute(ONE, _columns(key))).first()
        if row is None:
            return {}
        kept = key._replace(group=row.user_group or None)
        opened: dict[str, str] = json.loads(self._sealer.open(_about(kept), row.sealed))
        return opened

    async def put(self, key: SiteKey, credential: Mapping[str, str], at: datetime) -> None:
        """See `app.sites.OwnSites`."""
        sealed = self._sealer.seal(_about(key), json.dumps(dict(credential)))
        async with self._database.transaction() as connection:
            await connection.execute(PUT, {**_columns(key), "sealed": sealed, "at": at})

    async def delete(self, key: SiteKey) -> bool:
        """See `app.sites.OwnSites`."""
        async with self._database.transaction() as connection:
            return await connection.scalar(DELETE, _columns(key)) is not None

    async def names(self, issuer: str, subject: str) -> list[tuple[str, str | None, datetime]]:
        """See `app.sites.OwnSites`."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(NAMES, {"issuer": issuer, "subject": subject})
            return [(row.service, row.user_group or None, row.changed_at) for row in rows]


def _columns(key: SiteKey) -> dict[str, str]:
    return {
        "issuer": key.owner.issuer,
        "subject": key.owner.subject,
        "group": key.group or "",
        "service": key.service,
    }


def _about(key: SiteKey) -> str:
    return "\n".join(("site", key.owner.issuer, key.owner.subject, key.group or "", key.service))
