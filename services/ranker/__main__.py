"""`python -m services.ranker`, and what its operators ask: `… rules check FILE…`, `… replay`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from services.ranker.adapters.inputs import read_federation, read_request
from services.ranker.adapters.rules import read_rules
from services.ranker.api.report import as_json, as_table
from services.ranker.app.checking import Trial, checked, said
from services.ranker.app.replay import Replayed
from services.ranker.domain.rules.rule import Rule, Rules
from services.ranker.main import build, method_of, replays
from services.ranker.settings import RankerSettings, strategy_named
from shared.runtime import clock
from shared.runtime.service import run
from shared.runtime.settings import load
from shared.runtime.yaml_files.reading import Misread

WRONG = 2
DAY = timedelta(days=1)
app = typer.Typer(help="The ranker; without a command it serves.", add_completion=False, pretty_exceptions_enable=False)
rules_app = typer.Typer(help="The operators' rules.")
app.add_typer(rules_app, name="rules")


@app.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    """Without a command: start the ranker; its settings are in the environment."""
    if context.invoked_subcommand is None:
        settings = load(RankerSettings)
        run(lambda: build(settings))


@rules_app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="YAML files or folders of them")],
    against: Annotated[Path | None, typer.Option(help="a request as JSON")] = None,
    federation: Annotated[Path | None, typer.Option(help="what /federation answered, as JSON")] = None,
) -> None:
    """Say what is wrong in rules, or what each would do: at all, to a request, or to it in a federation."""
    rules = _rules_in(files)
    if against is None:
        lines = said(rules)
    else:
        at = clock.now()
        try:
            request = read_request(against)
            known = read_federation(federation, at) if federation else None
        except ValidationError as wrong:
            sys.exit(
                "\n".join(f"{'.'.join(map(str, one['loc'])) or wrong.title}: {one['msg']}" for one in wrong.errors())
            )
        except (OSError, ValueError) as problem:
            sys.exit(str(problem))
        lines = checked(rules, Trial(request, at, method_of(), known))
    for line in lines:
        typer.echo(line)


@app.command()
def replay(
    *,
    strategy: Annotated[str | None, typer.Option(help="another strategy; without: that of then")] = None,
    rules: Annotated[Path | None, typer.Option(help="other rules: a file or a folder; without: those of then")] = None,
    since: Annotated[datetime | None, typer.Option(help="UTC; without: the last day")] = None,
    as_lines: Annotated[bool, typer.Option("--json", help="a line of JSON for every ranking")] = False,
) -> None:
    """Make the kept rankings again and say which would have another first place, and why. Changes nothing."""
    try:
        chosen = None if strategy is None else strategy_named(strategy)
    except ValueError as problem:
        sys.exit(str(problem))
    then = clock.now() - DAY if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    found = replays(load(RankerSettings), chosen, None if rules is None else _rules_in([rules]), then)
    try:
        asyncio.run(_print(found) if as_lines else _print_table(found))
    except (DBAPIError, OSError) as problem:
        sys.exit(f"The rankings cannot be read: {problem.orig if isinstance(problem, DBAPIError) else problem}")


async def _print(found: AsyncIterator[Replayed]) -> None:
    async for one in found:
        typer.echo(as_json(one))


async def _print_table(found: AsyncIterator[Replayed]) -> None:
    for line in as_table([one async for one in found]):
        typer.echo(line)


def _rules_in(files: Sequence[Path]) -> Rules:
    """All rules of these files and folders, by the order of their names. Says every problem and exits with 2."""
    found: list[Rule] = []
    wrong = False
    for file in sorted(one for path in files for one in (path.glob("*.yaml") if path.is_dir() else [path])):
        try:
            found += read_rules(file)
        except Misread as problems:
            typer.echo(str(problems), err=True)
            wrong = True
        except OSError as problem:
            typer.echo(f"{file}: {problem.strerror}", err=True)
            wrong = True
    if wrong:
        raise SystemExit(WRONG)
    return tuple(found)


if __name__ == "__main__":
    app()
