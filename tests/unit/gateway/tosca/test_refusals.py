"""What callers are told of a template that is refused, and what a gateway lets in."""

import httpx
from fastapi import FastAPI

from services.gateway.api.problems import show_refusals
from services.gateway.app.compile import Compiler
from services.gateway.app.validate import judge
from services.gateway.domain.tosca import Limits
from shared.contracts.topology import TopologyKind
from tests.unit.gateway.tosca.compiling import catalogues, written

WRONG = written("""
  node_templates:
    job: {type: tosca.nodes.indigo.Qcg.Job, properties: {executable: x}}
    vm: {type: tosca.nodes.indigo.Nope}
""")


async def test_a_refused_request_is_told_problems_warnings_and_kind() -> None:
    app = FastAPI()
    show_refusals(app)

    @app.post("/")
    async def compile_it() -> None:
        Compiler(catalogues()).compile(WRONG, {})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.post("/")
    body = answer.json()
    assert (answer.status_code, body["kind"]) == (400, "batch-job")
    assert [problem["code"] for problem in body["problems"]] == ["unknown-node-type"]
    assert [warning["code"] for warning in body["warnings"]] == ["missing-required-property"]


def test_a_refusal_keeps_the_warnings_that_came_before_it() -> None:
    body = """
  node_templates:
    job: {type: tosca.nodes.indigo.Qcg.Job, properties: {executable: x}}
    other: {type: tosca.nodes.indigo.Qcg.Job, properties: {executable: {a: b}, environment: {}}}
"""
    verdict = judge(Compiler(catalogues()), written(body), None)
    assert (verdict.word, verdict.kind) == ("refused", TopologyKind.BATCH_JOB)
    assert [warning.code for warning in verdict.warnings] == ["missing-required-property"]


def test_two_kinds_are_no_kind() -> None:
    body = """
  node_templates:
    job: {type: tosca.nodes.indigo.Qcg.Job, properties: {executable: x, environment: {}}}
    vm: {type: tosca.nodes.indigo.Compute}
"""
    verdict = judge(Compiler(catalogues()), written(body), None)
    assert ([problem.code for problem in verdict.problems], verdict.kind) == (["mixed-kinds"], None)


def test_a_gateway_takes_what_its_operator_lets_in() -> None:
    text = written("  node_templates: {vm: {type: tosca.nodes.indigo.Compute}}\n")
    assert judge(Compiler(catalogues(), Limits(size=20)), text, None).problems[0].code == "too-large"
    assert judge(Compiler(catalogues(), Limits(nodes=5)), text, None).problems[0].code == "too-many"
    assert judge(Compiler(catalogues()), text, None).problems == ()
