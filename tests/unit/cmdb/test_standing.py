import logging
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from shared.runtime.yaml_files.folder import YamlFolder
from shared.runtime.yaml_files.problems import count_problems, problems_route
from shared.runtime.yaml_files.reading import Problem
from shared.runtime.yaml_files.standing import Look, Standing

BROKEN = Problem("sites/bari.yaml", 2, "servces is not known")
AWAY = Problem("sites", 0, "the folder cannot be read")
LOG = logging.getLogger("who.looks")


class Room(BaseModel):
    seats: int


def test_a_problem_is_logged_once_while_it_lasts_by_who_looks(caplog: pytest.LogCaptureFixture) -> None:
    standing = Standing(LOG)
    for look in (Look(problems=(BROKEN,)), Look(problems=(BROKEN, AWAY)), Look(), Look(problems=(BROKEN,))):
        standing.note(look)
    expected = [("who.looks", logging.ERROR, str(problem)) for problem in (BROKEN, AWAY, BROKEN)]
    assert caplog.record_tuples == expected


async def test_there_is_trouble_until_a_look_is_kept_and_again_while_the_folder_is_away() -> None:
    standing = Standing(LOG)
    assert "not been read yet" in (await standing.check() or "")
    standing.note(Look(problems=(BROKEN,)))
    assert "not been read yet" in (await standing.check() or "")
    standing.settle()
    assert await standing.check() is None
    standing.note(Look(problems=(AWAY,), there=False))
    assert "cannot be read" in (await standing.check() or "")
    standing.note(Look())
    assert "cannot be read" in (await standing.check() or ""), "what is there again is not kept yet"


async def test_readers_and_the_metrics_see_what_is_wrong_now() -> None:
    standing, registry, app = Standing(LOG), CollectorRegistry(), FastAPI()
    count_problems(standing, registry)
    app.include_router(problems_route(standing))
    standing.note(Look(problems=(BROKEN,)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cmdb") as client:
        shown = (await client.get("/problems")).json()
    assert shown == {"problems": [{"file": "sites/bari.yaml", "line": 2, "message": "servces is not known"}]}
    assert registry.get_sample_value("corale_federation_problems") == 1
    standing.note(Look())
    assert registry.get_sample_value("corale_federation_problems") == 0


def test_an_entry_that_cannot_be_read_states_nothing(tmp_path: Path) -> None:
    (tmp_path / "hall.yaml").write_text("seats: 9")
    (tmp_path / "attic.yaml").write_text("seats: [")
    facts = YamlFolder(tmp_path, Room).read().facts(str.upper, lambda name, room: f"{name} has {room.seats}")
    assert facts == {"HALL": "HALL has 9", "ATTIC": None}
