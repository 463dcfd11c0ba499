"""`python -m chaos`: exit status 0 only if all holds."""

import logging
import sys
from typing import Annotated

import typer

from chaos.report import lines
from chaos.run import Orders, run
from embedded.kafka.jars import WrongJars
from embedded.machine import Missing
from embedded.parts import AlreadyRunning
from embedded.processes import NotReady


def main(
    deployments: Annotated[int, typer.Option(min=1, help="How many deployments users ask for.")] = 50,
    kills: Annotated[int, typer.Option(min=0, help="How often each service is killed.")] = 5,
    seed: Annotated[int, typer.Option(help="Repeats the same requests, faults, kills and repeated deliveries.")] = 1,
    patience: Annotated[float, typer.Option(help="Seconds to come to rest after the last kill.")] = 180.0,
    *,
    keep: Annotated[bool, typer.Option(help="Leave logs and state where they are, even if all holds.")] = False,
) -> None:
    """Kill everything at random, and let the auditor judge what came of it."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that the broker is away is no news here
    try:
        figures = run(Orders(deployments, kills, seed, patience, keep=keep), _say)
    except (AlreadyRunning, Missing, NotReady, WrongJars) as reason:
        sys.exit(str(reason))
    for line in lines(figures):
        print(line)
    sys.exit(0 if figures.verdict.holds else 1)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    typer.run(main)
