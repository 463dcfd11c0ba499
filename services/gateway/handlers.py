"""What the gateway hears: the whole story of every deployment."""

from services.gateway.app.accept import CONSUMER
from services.gateway.app.story import Chronicle
from shared.contracts.streams import DEPLOYMENTS
from shared.runtime.service import Hears


def story(chronicle: Chronicle) -> tuple[Hears, ...]:
    """Every event about a deployment is folded into its view."""
    return (Hears(CONSUMER, (DEPLOYMENTS,), tuple(DEPLOYMENTS.members), chronicle.fold),)
