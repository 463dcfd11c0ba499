"""`python -m services.deployer --role saga`, or `--role backend --backend NAME`."""

from enum import StrEnum
from typing import Annotated

import typer

from services.deployer.main import build_backend, build_saga
from services.deployer.settings import DeployerSettings
from shared.contracts.vocabulary import BackendName
from shared.runtime.service import run
from shared.runtime.settings import load


class Role(StrEnum):
    """What a deployer process does."""

    SAGA = "saga"
    BACKEND = "backend"


def start(role: Annotated[Role, typer.Option()], backend: Annotated[str, typer.Option()] = "") -> None:
    """Start one process of the deployer; its settings are in the environment."""
    settings = load(DeployerSettings)
    if role is Role.SAGA:
        run(lambda: build_saga(settings))
    elif not backend:
        raise typer.BadParameter("--role backend needs --backend NAME")
    else:
        run(lambda: build_backend(settings, BackendName(backend)))


if __name__ == "__main__":
    typer.run(start)
