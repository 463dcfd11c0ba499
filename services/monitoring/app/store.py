"""Where everything is kept, as use cases take it in hand."""

from dataclasses import dataclass

from services.monitoring.ports import Observations, Rota
from shared.messaging.database import Database


@dataclass(frozen=True, slots=True)
class Store:
    """One database, and the two views of it that nearly everybody needs."""

    database: Database
    rota: Rota
    observations: Observations
