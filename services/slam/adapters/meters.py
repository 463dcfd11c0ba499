"""What slam counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Gauge

from services.slam.ports import Agreements
from shared.contracts.agreements import AgreementState
from shared.messaging.database import Database
from shared.runtime.health import Check


def count_agreements(database: Database, agreements: Agreements, registry: CollectorRegistry) -> Check:
    """A check that never complains; it sets `corale_agreements` by state and the time of the next change by date."""
    counted = Gauge("corale_agreements", "Agreements by the state last told", ["state"], registry=registry)
    following = Gauge(
        "corale_agreements_next_change_timestamp_seconds",
        "When dates change an agreement next, in Unix time; 0: never",
        registry=registry,
    )

    async def check() -> str | None:
        async with database.transaction() as connection:
            tally = await agreements.tally(connection)
        for state in AgreementState:
            counted.labels(state.value).set(tally.states.get(state.value, 0))
        following.set(tally.next_at.timestamp() if tally.next_at else 0)
        return None

    return check
