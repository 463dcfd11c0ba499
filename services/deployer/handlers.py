"""What the deployer hears, and who handles it."""

from services.deployer.app.coordinate import Coordinator
from services.deployer.app.orders import Orders
from services.deployer.domain.commands import DEADLINES, CleanUpTrial, DeadlinePassed, StartTrial, orders_for
from shared.contracts.deployments import DeletionRequested, DeploymentRequested
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.trials import CleanUpStuck, TrialCleaned, TrialFailed, TrialSucceeded
from shared.contracts.vocabulary import BackendName
from shared.runtime.service import Hears


def saga(coordinator: Coordinator) -> tuple[Hears, ...]:
    """The saga hears the story of every deployment, and its own deadlines."""
    story = (
        DeploymentRequested,
        DeletionRequested,
        SitesRanked,
        NoSiteFits,
        TrialSucceeded,
        TrialFailed,
        TrialCleaned,
        CleanUpStuck,
        DeadlinePassed,
    )
    return (Hears("deployer.saga", (DEPLOYMENTS, DEADLINES), story, coordinator.coordinate),)


def backend(name: BackendName, orders: Orders) -> tuple[Hears, ...]:
    """A backend worker hears the orders to its backend."""
    return (Hears(f"deployer.{name}", (orders_for(name),), (StartTrial, CleanUpTrial), orders.take),)
