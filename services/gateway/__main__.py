"""The gateway's command.

`python -m services.gateway` serves; `… validate FILE...` checks templates offline; `… audit verify` proves the audit
trail.
"""

import asyncio
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from services.gateway.adapters.audit import PostgresBooks
from services.gateway.adapters.audit_topic import recorded, told_about
from services.gateway.adapters.catalogues import MAP, load_catalogues
from services.gateway.adapters.offline import imported_beside, read_inputs, read_template
from services.gateway.adapters.views import PostgresViews
from services.gateway.app.audit_verify import Findings, verify_deployment, verify_told, verify_trail
from services.gateway.app.compile import Compiler
from services.gateway.app.validate import Verdict, judge, refusal, unreadable
from services.gateway.domain.tosca import Catalogues, Problem, TemplateRefused
from services.gateway.main import SCHEMA, build
from services.gateway.settings import GatewaySettings
from shared.contracts.topology import Json
from shared.contracts.vocabulary import DeploymentId
from shared.failures import NeedsPerson, Permanent, Transient
from shared.messaging.database import Database
from shared.runtime.service import run
from shared.runtime.settings import load

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
audit = typer.Typer(help="The audit trail; the settings are in the environment.")
app.add_typer(audit, name="audit")


@app.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    """Serve, if no command is given; the settings are in the environment."""
    if context.invoked_subcommand is None:
        settings = load(GatewaySettings)
        run(lambda: build(settings))


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="TOSCA templates")],
    *,
    strict: Annotated[bool, typer.Option("--strict", help="hold them to the letter of the standard")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    catalogue: Annotated[list[Path] | None, typer.Option(help="a folder of type files with an IMPORTS.json")] = None,
    inputs: Annotated[Path | None, typer.Option(help="a JSON or YAML map of inputs, which makes them due")] = None,
) -> None:
    """Check templates without a service or a network; exits with 1 if any of them is refused."""
    catalogues, values = _known(catalogue or []), _values(inputs)
    refused = False
    for file in files:
        verdict = _judged(file, catalogues, values, strict=strict)
        refused = refused or verdict.topology is None
        typer.echo(_line(file, verdict) if as_json else _paragraph(file, verdict))
    raise typer.Exit(int(refused))


@audit.command()
def verify(
    deployment: Annotated[
        list[str] | None, typer.Option(help="also build this deployment again from the topic, and compare")
    ] = None,
    *,
    bus: Annotated[bool, typer.Option("--bus", help="also compare with what the bus was told of the trail")] = False,
) -> None:
    """Prove that no entry was changed, removed or inserted; exits with 1 and the first broken one if any was."""
    deployments = [DeploymentId(one) for one in deployment or []]
    findings = asyncio.run(_verified(load(GatewaySettings), deployments, bus=bus))
    for finding in findings:
        typer.echo("\n".join(finding.lines))
    raise typer.Exit(int(not all(finding.whole for finding in findings)))


@audit.callback()
def _of_the_trail() -> None:
    """Keep `verify` a word of its own, although it is the only one."""


async def _verified(settings: GatewaySettings, deployments: list[DeploymentId], *, bus: bool) -> list[Findings]:
    database = Database(settings.database_url, SCHEMA)
    try:
        findings = [await verify_trail(PostgresBooks(), database)]
        if bus:
            findings.append(await verify_told(PostgresBooks(), database, partial(recorded, settings.kafka)))
        for one in deployments:
            told = partial(told_about, settings.kafka)
            findings.append(await verify_deployment(one, PostgresViews(), database, told))
    except Transient as problem:
        raise typer.BadParameter(str(problem)) from problem
    finally:
        await database.close()
    return findings


def _known(folders: list[Path]) -> Catalogues:
    for folder in folders:
        if not any(folder.glob(MAP)) and not any(folder.glob(f"*/{MAP}")):
            raise typer.BadParameter(f"there is no {MAP} in {folder}", param_hint="--catalogue")
    try:
        return load_catalogues(more=folders)
    except (NeedsPerson, TemplateRefused) as problem:
        raise typer.BadParameter(str(problem), param_hint="--catalogue") from problem


def _values(inputs: Path | None) -> dict[str, Json] | None:
    try:
        return None if inputs is None else read_inputs(inputs)
    except NeedsPerson as problem:
        raise typer.BadParameter(str(problem), param_hint="--inputs") from problem


def _judged(file: Path, catalogues: Catalogues, inputs: dict[str, Json] | None, *, strict: bool) -> Verdict:
    try:
        text = read_template(file)
        verdict = judge(Compiler(catalogues), text, inputs, strict=strict)
        if not verdict.misses_a_companion:
            return verdict
        more = catalogues.with_companions(imported_beside(file, text))
    except Permanent as problem:
        return unreadable(str(problem))
    except TemplateRefused as refused:
        return refusal(refused)
    return judge(Compiler(more), text, inputs, strict=strict)


def _line(file: Path, verdict: Verdict) -> str:
    return json.dumps(
        {
            "file": str(file),
            "verdict": verdict.word,
            "kind": verdict.kind,
            "problems": [asdict(problem) for problem in verdict.problems],
            "warnings": [asdict(problem) for problem in verdict.warnings],
        }
    )


def _paragraph(file: Path, verdict: Verdict) -> str:
    kind = f", {verdict.kind}" if verdict.kind else ""
    lines = [
        f"{file}: {verdict.word}{kind}",
        *(f"  {_sentence(problem)}" for problem in verdict.problems),
        *(f"  warning: {_sentence(problem)}" for problem in verdict.warnings),
    ]
    return "\n".join(_printable(line) for line in lines)


def _sentence(problem: Problem) -> str:
    return str(problem) if problem.line else f"{problem.message} [{problem.code}]"


def _printable(line: str) -> str:
    """A template must not move the cursor of whoever checks it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


if __name__ == "__main__":
    app()
