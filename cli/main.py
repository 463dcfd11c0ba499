"""What a user types."""

import json
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Column, Table

from cli.client import Gateway, Refused

app = typer.Typer(help="Deploy templates on a federation of clouds.", no_args_is_help=True, add_completion=False)
console = Console(highlight=False)
SETTLED = {"DeploymentCompleted": 0, "DeploymentFailed": 1, "DeploymentDeleted": 0, "DeletionFailed": 1}

Url = Annotated[str, typer.Option(envvar="CORALE_URL", help="where the gateway is")]
Token = Annotated[str, typer.Option(envvar="CORALE_TOKEN", help="an access token", show_envvar=True)]


@app.command()
def create(
    template: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a TOSCA template")],
    url: Url,
    token: Token,
    parameters: Annotated[str, typer.Option(help="inputs, as JSON")] = "{}",
    group: Annotated[str | None, typer.Option(help="the group it is for")] = None,
    *,
    watch_it: Annotated[bool, typer.Option("--watch", help="follow it until it stands or fails")] = False,
) -> None:
    """Ask for a deployment; prints its id."""
    with _spoken():
        gateway = Gateway(url, token)
        made = gateway.create(template.read_text(), _inputs(parameters), group)
        console.print(made["uuid"])
        if watch_it:
            raise typer.Exit(_narrate(gateway.follow(made["uuid"])))


@app.command("list")
def list_own(url: Url, token: Token, size: int = 20) -> None:
    """Your deployments, newest first."""
    with _spoken():
        table = Table(Column("id", no_wrap=True), "status", "site", "created", box=None)
        for one in Gateway(url, token).deployments(size):
            table.add_row(one["uuid"], one["status"], one.get("cloudProviderName", ""), one["creationTime"])
        console.print(table)


@app.command()
def show(deployment: str, url: Url, token: Token) -> None:
    """One deployment, as JSON."""
    with _spoken():
        console.print_json(json.dumps(Gateway(url, token).show(deployment)))


@app.command()
def watch(deployment: str, url: Url, token: Token) -> None:
    """Follow a deployment until it stands, fails or is gone; exit status 1 if it fails."""
    with _spoken():
        raise typer.Exit(_narrate(Gateway(url, token).follow(deployment)))


@app.command()
def delete(deployment: str, url: Url, token: Token, *, force: bool = False) -> None:
    """Ask for a deployment to go."""
    with _spoken():
        Gateway(url, token).delete(deployment, force=force)


def _narrate(entries: Iterable[dict[str, Any]]) -> int:
    for entry in entries:
        console.print(f"{entry['time'][11:19]}  {entry['source']:<9} {entry['sentence']}", markup=False)
        if entry["type"] in SETTLED:
            return SETTLED[entry["type"]]
    return 1


def _inputs(text: str) -> dict[str, Any]:
    try:
        inputs = json.loads(text)
    except ValueError as problem:
        raise typer.BadParameter(f"--parameters is not JSON: {problem}") from None
    if not isinstance(inputs, dict):
        raise typer.BadParameter("--parameters must be a JSON object: name → value")
    return inputs


@contextmanager
def _spoken() -> Generator[None]:
    try:
        yield
    except (Refused, httpx.HTTPError) as problem:
        sys.stderr.write(f"{problem}\n")
        raise typer.Exit(1) from None
