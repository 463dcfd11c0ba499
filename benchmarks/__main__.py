"""`python -m benchmarks`: all benches, or the one that is named."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.player import Failed
from benchmarks.rank import bench as rank_bench
from benchmarks.rank import waits
from benchmarks.saga import bench as saga_bench
from benchmarks.tosca import bench as tosca_bench
from embedded.kafka.jars import WrongJars
from embedded.machine import Missing
from embedded.parts import AlreadyRunning
from embedded.processes import NotReady

BUILD = Path(__file__).resolve().parent.parent / "build"
app = typer.Typer(help="Figures, always beside a peer's of the same run.", add_completion=False)


@app.callback(invoke_without_command=True)
def every(context: typer.Context) -> None:
    """Without a name: all of them."""
    if context.invoked_subcommand is None:
        saga()
        tosca()
        rank()


@app.command()
def saga(
    *,
    scale: Annotated[float, typer.Option(help="Shortens all runs alike, such as 0.1.")] = 1.0,
    peers: Annotated[bool, typer.Option(help="Whether DBOS and Flowable run too.")] = True,
) -> None:
    """Sagas a second, their latency and their CPU, beside DBOS and Flowable on the same PostgreSQL."""
    try:
        found = saga_bench.bench(BUILD, scale, _say, peers=peers)
    except (AlreadyRunning, Failed, Missing, NotReady, WrongJars) as reason:
        sys.exit(str(reason))
    for line in saga_bench.verdict(found):
        _say(line)
    _say(f"figures are in {BUILD / 'bench.json'}")


@app.command()
def tosca(*, peers: Annotated[bool, typer.Option(help="Whether tosca-parser runs too.")] = True) -> None:
    """What compiling costs: real templates beside tosca-parser, and templates of thousands of nodes."""
    try:
        found = tosca_bench.bench(BUILD, _say, peers=peers)
    except Failed as reason:
        sys.exit(str(reason))
    for line in tosca_bench.verdict(found):
        _say(line)
    _say(f"figures are in {BUILD / 'bench.json'}")


@app.command()
def rank(*, seeds: Annotated[int, typer.Option(help="How many worlds are simulated.")] = waits.SEEDS) -> None:
    """What ranking costs, and how long users wait by it, beside the old formula, TOPSIS and an oracle."""
    try:
        found = rank_bench.bench(BUILD, _say)
    except Failed as reason:
        sys.exit(str(reason))
    waited = waits.bench(BUILD, _say, seeds)
    for line in (*rank_bench.verdict(found), *waits.verdict(waited, seeds)):
        _say(line)
    _say(f"figures are in {BUILD / 'bench.json'}")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    app()
