"""Rules in files: read with their lines, followed, the last good ones kept."""

import json
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from services.ranker.__main__ import app
from services.ranker.adapters.rules import RulesFolder
from services.ranker.api.rules import rules_routes
from services.ranker.app.ruling import Ruling
from services.ranker.domain.rank import Method
from tests.support.builders import a_request, a_site, an_agreement
from tests.unit.ranker.ranked import a_method

PREFER = "rules:\n  - name: home\n    when: site.id == '{}'\n    prefer: 2\n"
WRONG = "rules:\n  - name: home\n    when: sit.id == 'bari'\n    prefer: 2\n"


class Desk:
    """A ruling over a folder; the methods it told to use."""

    def __init__(self, folder: Path) -> None:
        self.told: list[Method] = []
        self.ruling = Ruling(RulesFolder(folder), a_method(), self.told.append)

    def conditions(self) -> list[str]:
        return [rule.when for rule in self.ruling.rules]


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(text)
    return file


async def test_what_is_written_is_obeyed_from_then_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    write(tmp_path, "b", PREFER.format("bari"))
    await desk.ruling.refresh()
    write(tmp_path, "a", PREFER.format("recas"))
    await desk.ruling.refresh()
    await desk.ruling.refresh()
    assert [[rule.name for rule in method.rules] for method in desk.told] == [["b/home"], ["a/home", "b/home"]]


async def test_a_file_that_cannot_be_read_leaves_its_last_good_rules(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    write(tmp_path, "house", PREFER.format("bari"))
    await desk.ruling.refresh()
    write(tmp_path, "house", WRONG)
    await desk.ruling.refresh()
    assert desk.conditions() == ["site.id == 'bari'"]
    (problem,) = desk.ruling.standing.problems
    assert (problem.line, problem.file.rpartition("/")[2]) == (3, "house.yaml")
    assert problem.sentence.startswith("rules[0].when: there is no 'sit'")
    write(tmp_path, "house", PREFER.format("recas"))
    await desk.ruling.refresh()
    assert (desk.conditions(), desk.ruling.standing.problems) == (["site.id == 'recas'"], ())


async def test_a_broken_file_does_not_keep_others_from_being_obeyed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    write(tmp_path, "bad", WRONG)
    write(tmp_path, "good", PREFER.format("bari"))
    await desk.ruling.refresh()
    assert desk.conditions() == ["site.id == 'bari'"]


async def test_a_file_that_is_gone_takes_its_rules_along(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    file = write(tmp_path, "house", PREFER.format("bari"))
    await desk.ruling.refresh()
    file.unlink()
    await desk.ruling.refresh()
    assert [len(method.rules) for method in desk.told] == [1, 0]


async def test_nothing_is_ranked_before_the_folder_could_be_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    desk = Desk(folder)
    await desk.ruling.refresh()
    assert not desk.ruling.known()
    assert await desk.ruling.check() == "the rules folder could not be read yet; see /problems"
    folder.mkdir()
    await desk.ruling.refresh()
    folder.rmdir()
    await desk.ruling.refresh()
    assert desk.ruling.known()
    assert await desk.ruling.check() is None


async def test_without_a_folder_there_are_no_rules_and_nothing_to_wait_for() -> None:
    told: list[Method] = []
    ruling = Ruling(None, a_method(), told.append)
    await ruling.refresh()
    assert (ruling.known(), ruling.rules, told) == (True, (), [])


async def test_the_rules_in_force_are_shown(tmp_path: Path) -> None:
    desk, shown = Desk(tmp_path), FastAPI()
    write(tmp_path, "house", PREFER.format("bari"))
    await desk.ruling.refresh()
    shown.include_router(rules_routes(lambda: desk.ruling.rules))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shown), base_url="http://ranker") as client:
        answer = await client.get("/rules")
    assert answer.json() == [{"name": "house/home", "when": "site.id == 'bari'", "prefer": 2}]


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    done = CliRunner().invoke(app, ["rules", "check", *map(str, arguments)])
    return done.exit_code, done.output.splitlines()


def test_every_problem_is_said_with_its_line_before_rules_are_in_force(tmp_path: Path) -> None:
    twice = PREFER.format("bari") + PREFER.format("bari").partition("\n")[2]
    files = (write(tmp_path, "bad", WRONG), write(tmp_path, "twice", twice))
    code, lines = run(*files)
    assert code == 2
    assert lines[0].startswith(f"{files[0]}:3: rules[0].when: there is no 'sit'")
    assert lines[1] == f"{files[1]}:1: rules: two rules are called 'home'"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with a request, a federation of two sites, and a rule in `rules/`."""
    (tmp_path / "rules").mkdir()
    write(tmp_path / "rules", "house", PREFER.format("cineca"))
    (tmp_path / "request.json").write_text(a_request().model_dump_json())
    sites = [{"age": 0, "site": a_site(name).model_dump(mode="json")} for name in ("bari", "cineca")]
    agreements = [{"age": 0, "agreement": an_agreement(name).model_dump(mode="json")} for name in ("bari", "cineca")]
    known = {"complete": True, "sites": sites, "agreements": agreements, "observations": []}
    (tmp_path / "federation.json").write_text(json.dumps(known))
    return tmp_path


def test_a_dry_run_says_what_each_rule_would_do(written: Path) -> None:
    rules = written / "rules"
    assert run(rules) == (0, ["house/home: prefers it 2 times; when site.id == 'cineca'"])
    request = ("--against", written / "request.json")
    assert run(rules, *request) == (0, ["house/home: prefers it 2 times; for this request it depends on the place"])
    assert run(rules, *request, "--federation", written / "federation.json") == (
        0,
        [
            "house/home: prefers it 2 times; for this request at cineca/cineca-compute",
            "without these rules: bari/bari-compute, cineca/cineca-compute",
            "with them: cineca/cineca-compute, bari/bari-compute",
        ],
    )


def test_a_dry_run_against_what_is_no_request_says_so(written: Path) -> None:
    (written / "request.json").write_text("{}")
    code, lines = run(written / "rules", "--against", written / "request.json")
    assert (code, lines) == (1, ["owner: Field required", "topology: Field required"])
