"""Who turned which collector on or off, in PostgreSQL. Nothing is ever changed there: the newest word holds."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.monitoring.domain.availability import Lane
from services.monitoring.domain.watched import Place
from services.monitoring.ports import Switch
from shared.contracts.vocabulary import Principal

TURN = text("""
    INSERT INTO switches (site, service, collector, enabled, reason, issuer, subject, at)
    VALUES (:site, :service, :collector, :enabled, :reason, :issuer, :subject, :at)
""")
TURNED = text("""
    SELECT site, service, collector, enabled, reason, issuer, subject, at FROM switches
    WHERE site = :site AND service = :service ORDER BY seq DESC
""")


class PostgresSwitches:
    """See `ports.Switches` for what it promises."""

    async def turn(self, connection: AsyncConnection, switch: Switch) -> None:
        said = {"enabled": switch.enabled, "reason": switch.reason, "at": switch.at}
        await connection.execute(TURN, {**switch.lane._asdict(), **switch.by.model_dump(), **said})

    async def turned(self, connection: AsyncConnection, place: Place) -> list[Switch]:
        site, service = place
        rows = await connection.execute(TURNED, {"site": site, "service": service})
        return [
            Switch(
                Lane(row.site, row.service, row.collector),
                row.enabled,
                row.reason,
                Principal(issuer=row.issuer, subject=row.subject),
                row.at,
            )
            for row in rows
        ]
