"""Checking templates before they are used: `python -m services.gateway validate` and `POST /templates/validate`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from typer.testing import CliRunner, Result

from services.gateway import __main__ as command
from services.gateway.adapters.catalogues import load_catalogues
from services.gateway.api.validate import validate_routes
from services.gateway.app.compile import Compiler
from services.gateway.app.validate import judge
from services.gateway.domain.tosca import Catalogues
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Principal
from shared.identity.caller import Caller
from tests.support.builders import ISSUER, NOON

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"
TEMPLATE = HEAD + "topology_template: {node_templates: {vm: {type: Compute}}}\n"
MISSPELT = TEMPLATE.replace("Compute", "tosca.nodes.Computer")
ASKING = HEAD + "topology_template: {inputs: {cpus: {type: integer}}, node_templates: {vm: {type: Compute}}}\n"
TOLERATED = (
    HEAD + "topology_template: {node_templates: {vm: {type: Compute, artifacts: {a: {file: a.sh, repository: my}}}}}\n"
)
TYPE = HEAD + "node_types: {my.T: {derived_from: tosca.nodes.Compute}}\n"
OF_TYPE = HEAD + "imports: [%s]\ntopology_template: {node_templates: {vm: {type: my.T}}}\n"
ADDRESS = "https://example.org/t.yaml"


def at(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@cache
def ours() -> Catalogues:
    return load_catalogues()


@pytest.fixture(autouse=True)
def our_catalogues_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(more: list[Path]) -> Catalogues:
        return load_catalogues(more=more) if more else ours()

    monkeypatch.setattr(command, "load_catalogues", load)


def run(*arguments: Path | str) -> Result:
    return CliRunner().invoke(command.app, ["validate", *map(str, arguments)])


def said(*arguments: Path | str) -> list[dict[str, Json]]:
    """The verdicts of a run, which must say them one a line and exit as they are."""
    result = run("--json", *arguments)
    verdicts = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == int(any(verdict["verdict"] == "refused" for verdict in verdicts))
    return verdicts


def codes(verdict: dict[str, Json], where: str = "problems") -> list[str]:
    return [problem["code"] for problem in verdict[where]]


def test_a_good_template_is_accepted_with_its_kind(tmp_path: Path) -> None:
    path = at(tmp_path, "a.yaml", TEMPLATE)
    empty: list[Json] = []
    kind = "infrastructure"
    assert said(path) == [
        {"file": str(path), "verdict": "accepted", "kind": kind, "problems": empty, "warnings": empty}
    ]


def test_a_bad_one_among_good_ones_is_refused_with_its_place_and_the_exit_status_says_so(tmp_path: Path) -> None:
    good, bad = at(tmp_path, "good.yaml", TEMPLATE), at(tmp_path, "bad.yaml", MISSPELT)
    first, second, third = said(good, bad, good)
    assert [first["verdict"], second["verdict"], third["verdict"]] == ["accepted", "refused", "accepted"]
    assert second["kind"] is None
    problem = second["problems"][0]
    assert problem["code"] == "unknown-node-type"
    assert problem["path"] == ["topology_template", "node_templates", "vm", "type"]
    assert (problem["line"], problem["nearest"]) == (2, "tosca.nodes.Compute")


def test_plain_text_has_a_line_for_the_file_and_one_for_each_problem(tmp_path: Path) -> None:
    path = at(tmp_path, "bad.yaml", MISSPELT)
    result = run(path)
    first, second = result.output.splitlines()
    assert result.exit_code == 1
    assert first == f"{path}: refused"
    assert second.startswith("  line 2, column ")
    assert second.endswith("did you mean `tosca.nodes.Compute`? [unknown-node-type]")


def test_a_template_cannot_move_the_cursor_of_who_checks_it(tmp_path: Path) -> None:
    assert "\x1b" not in run(at(tmp_path, "a.yaml", TEMPLATE.replace("Compute", '"C\\e[2J"'))).output


def test_what_the_field_tolerates_is_a_warning_unless_the_letter_is_asked_for(tmp_path: Path) -> None:
    path = at(tmp_path, "a.yaml", TOLERATED)
    accepted, refused = said(path)[0], said("--strict", path)[0]
    assert accepted["verdict"] == "accepted"
    assert refused["verdict"] == "refused"
    assert set(codes(accepted, "warnings")) == set(codes(refused)) != set()


def test_an_input_without_a_value_is_a_problem_only_once_inputs_are_given(tmp_path: Path) -> None:
    path = at(tmp_path, "a.yaml", ASKING)
    assert said(path)[0]["verdict"] == "accepted"
    assert codes(said("--inputs", at(tmp_path, "none.json", "{}"), path)[0]) == ["missing-input"]
    assert said("--inputs", at(tmp_path, "two.json", '{"cpus": "2"}'), path)[0]["verdict"] == "accepted"
    assert said("--inputs", at(tmp_path, "two.yml", "cpus: 2\n"), path)[0]["verdict"] == "accepted"
    assert codes(said("--inputs", at(tmp_path, "bad.yml", "cpus: many\n"), path)[0])[0] == "wrong-type"


def test_a_value_nested_without_end_is_a_problem_like_any_other(tmp_path: Path) -> None:
    path = at(tmp_path, "a.yaml", ASKING.replace("type: integer", "type: list"))
    inputs = at(tmp_path, "deep.json", json.dumps({"cpus": "[" * 700 + "]" * 700}))
    assert codes(said("--inputs", inputs, path)[0])[0] == "too-deep"


def test_a_value_too_deep_to_be_remembered_is_judged_all_the_same() -> None:
    nested: list[Json] = []
    for _ in range(5000):
        nested = [nested]
    verdict = judge(Compiler(ours()), ASKING.replace("type: integer", "type: list"), {"cpus": nested})
    assert verdict.problems[0].code == "too-deep"


@pytest.mark.parametrize("content", ["[1]", "a: [", "[" * 100_000, "7"])
def test_inputs_that_are_no_map_are_a_mistake_of_the_command(tmp_path: Path, content: str) -> None:
    result = run("--inputs", at(tmp_path, "inputs.json", content), at(tmp_path, "a.yaml", TEMPLATE))
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)


def test_a_refusal_says_what_it_would_be_and_what_it_would_be_warned_of(tmp_path: Path) -> None:
    wrong = TOLERATED.replace("vm: {", "bad: {type: Nope}, vm: {")
    verdict = said(at(tmp_path, "a.yaml", wrong))[0]
    assert (verdict["verdict"], verdict["kind"]) == ("refused", "infrastructure")
    assert (codes(verdict), codes(verdict, "warnings")) == (["unknown-node-type"], ["unknown-repository"])
    assert said(at(tmp_path, "b.yaml", MISSPELT))[0]["kind"] is None


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("description: perché".encode("latin-1"))
    large = at(tmp_path, "large.yaml", "#" * (4 << 20) + "\n")
    verdicts = said(tmp_path / "missing.yaml", tmp_path, latin, large)
    assert [codes(verdict) for verdict in verdicts] == [["unreadable"]] * 4
    reasons = [verdict["problems"][0]["message"] for verdict in verdicts]
    assert [
        word
        for word, reason in zip(("No such", "directory", "UTF-8", "smaller"), reasons, strict=True)
        if word not in reason
    ] == []


def test_a_catalogue_folder_adds_what_may_be_imported(tmp_path: Path) -> None:
    path = at(tmp_path, "a.yaml", OF_TYPE % ADDRESS)
    at(tmp_path, "types/t.yaml", TYPE)
    at(tmp_path, "types/IMPORTS.json", json.dumps({ADDRESS: "t.yaml"}))
    assert codes(said(path)[0])[0] == "unknown-import"
    assert said("--catalogue", tmp_path / "types", path)[0]["verdict"] == "accepted"


@pytest.mark.parametrize("imports", [None, "{", '{"u": "missing.yaml"}', '{"u": "broken.yaml"}'])
def test_a_catalogue_folder_that_is_none_is_a_mistake_of_the_command(tmp_path: Path, imports: str | None) -> None:
    at(tmp_path, "types/broken.yaml", "a: [")
    if imports is not None:
        at(tmp_path, "types/IMPORTS.json", imports)
    result = run("--catalogue", tmp_path / "types", at(tmp_path, "a.yaml", TEMPLATE))
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("name", ["lib/t.yaml", "./lib/t.yaml", "lib/through.yaml"])
def test_files_beside_a_template_may_be_imported_and_their_neighbours_do_not_matter(tmp_path: Path, name: str) -> None:
    at(tmp_path, "lib/t.yaml", TYPE)
    at(tmp_path, "lib/through.yaml", HEAD + "imports: [t.yaml]\n")
    at(tmp_path, "lib/broken.yaml", "a: [")
    (tmp_path / "lib" / "picture.yaml").write_bytes(b"\xff\xfe")
    assert said(at(tmp_path, "a.yaml", OF_TYPE % name))[0]["verdict"] == "accepted"


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe"])
def test_an_imported_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.yaml").write_bytes(content)
    problem = said(at(tmp_path, "a.yaml", OF_TYPE % "t.yaml"))[0]["problems"][0]
    assert problem["code"] == "unreadable"
    assert "`t.yaml`" in problem["message"]


def test_nothing_outside_the_folder_of_a_template_is_imported(tmp_path: Path) -> None:
    outside = at(tmp_path, "outside.yaml", TYPE)
    inside = tmp_path / "inside"
    for name in ("../outside.yaml", str(outside), outside.as_uri()):
        assert codes(said(at(inside, "a.yaml", OF_TYPE % name))[0])[0] == "unknown-import"
    (inside / "link.yaml").symlink_to(outside)
    assert codes(said(at(inside, "a.yaml", OF_TYPE % "link.yaml"))[0])[0] == "unknown-import"


def test_without_a_command_it_serves_and_asks_for_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_DATABASE_URL", raising=False)
    assert CliRunner().invoke(command.app, []).exit_code == 2


CALLER = Caller(Principal(issuer=ISSUER, subject="ada"), ("users",), NOON, "a token")


async def who_calls(request: Request) -> Caller:
    if "authorization" not in request.headers:
        raise HTTPException(401, "who are you?")
    return CALLER


@cache
def served() -> FastAPI:
    gateway = FastAPI()
    gateway.include_router(validate_routes(who_calls, Compiler(ours())))
    return gateway


async def asked(body: Mapping[str, Json] | bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    known = {"Authorization": "Bearer x", "Content-Type": "application/json"} if headers is None else headers
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served()), base_url="http://gateway") as client:
        return await client.post("/templates/validate", content=content, headers=dict(known))


async def test_over_http_a_good_template_comes_back_as_a_topology() -> None:
    answer = await asked({"template": ASKING, "parameters": {"cpus": "2"}})
    body = answer.json()
    assert answer.status_code == 200
    assert (body["verdict"], body["kind"], body["problems"]) == ("accepted", "infrastructure", [])
    assert body["topology"]["inputs"] == {"cpus": 2}
    assert body["topology"]["nodes"][0]["name"] == "vm"


async def test_over_http_a_bad_template_is_an_answer_and_has_no_topology() -> None:
    answer = await asked({"template": MISSPELT})
    body = answer.json()
    assert answer.status_code == 200
    assert (body["verdict"], body["kind"]) == ("refused", None)
    assert "topology" not in body
    assert (codes(body), body["problems"][0]["line"]) == (["unknown-node-type"], 2)


async def test_over_http_inputs_are_due_once_parameters_are_given() -> None:
    assert (await asked({"template": ASKING})).json()["verdict"] == "accepted"
    assert (await asked({"template": ASKING, "parameters": None})).json()["verdict"] == "accepted"
    assert codes((await asked({"template": ASKING, "parameters": {}})).json()) == ["missing-input"]


async def test_over_http_strict_and_lenient_answers_are_not_mixed_up() -> None:
    answers = [(await asked({"template": TOLERATED, "strict": strict})).json() for strict in (False, True, False)]
    assert [answer["verdict"] for answer in answers] == ["accepted", "refused", "accepted"]
    assert codes(answers[0], "warnings") == codes(answers[1])


async def test_over_http_a_secret_input_stays_a_placeholder() -> None:
    template = ASKING.replace("cpus: {type: integer}", "admin_password: {type: string}")
    answer = await asked({"template": template, "parameters": {"admin_password": "hunter2hunter2"}})
    assert answer.json()["verdict"] == "accepted"
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("value", ['"\\ud800"', "NaN", "1e999", "[" * 900 + "]" * 900])
async def test_over_http_no_value_breaks_the_answer(value: str) -> None:
    template = json.dumps(ASKING.replace("type: integer", "type: json"))
    for kind in ("string", "float", "list", "map", "json"):
        body = f'{{"template": {template.replace("json", kind)}, "parameters": {{"cpus": {value}}}}}'
        assert (await asked(body.encode())).status_code == 200


async def test_over_http_a_caller_must_say_who_it_is() -> None:
    assert (await asked({"template": TEMPLATE}, headers={})).status_code == 401


async def test_the_documentation_shows_the_verdict() -> None:
    described = served().openapi()
    answer = described["paths"]["/templates/validate"]["post"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/VerdictBody"}
    assert {"ValidateTemplate", "VerdictBody", "ProblemBody", "Topology"} <= described["components"]["schemas"].keys()
