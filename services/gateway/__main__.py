"""`python -m services.gateway` serves; `python -m services.gateway validate FILE...` checks templates offline."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from services.gateway.adapters.catalogues import MAP, load_catalogues
from services.gateway.adapters.offline import imported_beside, read_inputs, read_template
from services.gateway.app.compile import Compiler
from services.gateway.app.validate import Verdict, judge, refusal, unreadable
from services.gateway.domain.tosca import Catalogues, Problem, TemplateRefused
from services.gateway.main import build
from services.gateway.settings import GatewaySettings
from shared.contracts.topology import Json
from shared.failures import NeedsPerson, Permanent
from shared.runtime.service import run
from shared.runtime.settings import load

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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
