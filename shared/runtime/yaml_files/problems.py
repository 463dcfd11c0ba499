"""What is wrong in the federation folder, shown to readers of the API and counted for whoever watches the metrics."""

from typing import Self

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Gauge
from pydantic import BaseModel

from shared.runtime.yaml_files.reading import Problem
from shared.runtime.yaml_files.standing import Standing


class ProblemView(BaseModel):
    """What is wrong in a file of the federation folder. Line 0 is the file or folder as a whole."""

    file: str
    line: int
    message: str


class ProblemsView(BaseModel):
    """What is wrong now; nothing means all is well."""

    problems: list[ProblemView]

    @classmethod
    def of(cls, problems: tuple[Problem, ...]) -> Self:
        """From the last reading."""
        found = [ProblemView(file=problem.file, line=problem.line, message=problem.sentence) for problem in problems]
        return cls(problems=found)


def problems_route(standing: Standing) -> APIRouter:
    """`GET /problems`."""
    router = APIRouter()

    @router.get("/problems")
    async def problems() -> ProblemsView:
        return ProblemsView.of(standing.problems)

    return router


def count_problems(standing: Standing, registry: CollectorRegistry) -> None:
    """`corale_federation_problems`, as many as there are whenever somebody asks."""
    broken = Gauge("corale_federation_problems", "What is wrong in the federation folder", registry=registry)
    broken.set_function(lambda: len(standing.problems))
