"""What the deployer hears, and who handles it."""

from typing import get_args

from services.deployer.app.coordinate import Coordinator
from services.deployer.app.orders import Orders
from services.deployer.domain.commands import (
    DEADLINES,
    ChangeInfrastructure,
    CleanUpTrial,
    PerformAction,
    StartTrial,
    orders_for,
)
from services.deployer.domain.decision import Event
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.vocabulary import BackendName
from shared.runtime.service import Hears


def saga(coordinator: Coordinator) -> tuple[Hears, ...]:
    """The saga hears the story of every deployment, and its own deadlines."""
    return (Hears("deployer.saga", (DEPLOYMENTS, DEADLINES), get_args(Event), coordinator.coordinate),)


def backend(name: BackendName, orders: Orders) -> tuple[Hears, ...]:
    """A backend worker hears the orders to its backend."""
    return (
        Hears(
            f"deployer.{name}",
            (orders_for(name),),
            (StartTrial, CleanUpTrial, ChangeInfrastructure, PerformAction),
            orders.take,
        ),
    )
