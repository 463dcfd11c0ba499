"""What the gateway hears: the whole story of every deployment."""

from services.gateway.app.asking import CONSUMER
from services.gateway.app.story import Chronicle
from shared.contracts.streams import DEPLOYMENTS
from shared.runtime.service import Hears

PATIENCE = 0.03


def story(chronicle: Chronicle) -> tuple[Hears, ...]:
    """Every event about a deployment is folded into its view, some hundredths of a second after it was told."""
    return (Hears(CONSUMER, (DEPLOYMENTS,), tuple(DEPLOYMENTS.members), chronicle.fold, patience=PATIENCE),)
