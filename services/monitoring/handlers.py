"""What monitoring hears, and who handles it."""

from services.monitoring.app.trials import Experience
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.trials import TrialFailed, TrialStarted, TrialSucceeded
from shared.runtime.service import Hears

PATIENCE = 1.0


def hears(experience: Experience) -> tuple[Hears, ...]:
    """Trials are experience with a site; nobody waits for it."""
    story = (TrialStarted, TrialSucceeded, TrialFailed)
    return (Hears("monitoring", (DEPLOYMENTS,), story, experience.hear, patience=PATIENCE),)
