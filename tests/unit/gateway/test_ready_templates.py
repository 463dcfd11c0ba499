"""What comes with the gateway can be used as it is, explains itself, and is listed."""

from functools import cache
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.adapters.templates import OURS, ready_templates
from services.gateway.api.templates import template_routes
from services.gateway.domain.ready import ReadyInput, ReadyTemplate
from services.gateway.domain.tosca import Compiled, Mode, compile_template
from shared.contracts.topology import Json, TopologyKind
from shared.contracts.vocabulary import Principal
from shared.failures import NeedsPerson, Permanent
from shared.identity.caller import Caller
from shared.identity.http import who_calls
from shared.runtime.errors import install_error_shape
from tests.support.builders import ISSUER, NOON
from tests.unit.gateway.tosca.compiling import catalogues

KINDS = {
    "chronos_job": TopologyKind.CONTAINER_JOB,
    "galaxy_on_slurm": TopologyKind.INFRASTRUCTURE,
    "helm_release": TopologyKind.HELM_RELEASE,
    "htcondor_on_mesos": TopologyKind.CONTAINER_SERVICE,
    "job_chain": TopologyKind.CONTAINER_JOB,
    "kubernetes_jupyter": TopologyKind.INFRASTRUCTURE,
    "marathon_service": TopologyKind.CONTAINER_SERVICE,
    "mesos_cluster": TopologyKind.INFRASTRUCTURE,
    "onedata_job": TopologyKind.CONTAINER_JOB,
    "parameter_sweep": TopologyKind.CONTAINER_JOB,
    "slurm_elastic_cluster": TopologyKind.INFRASTRUCTURE,
    "slurm_hybrid_cluster": TopologyKind.INFRASTRUCTURE,
    "spark_on_mesos": TopologyKind.INFRASTRUCTURE,
    "url_to_object_store_job": TopologyKind.CONTAINER_JOB,
    "virtual_machine": TopologyKind.INFRASTRUCTURE,
    "virtual_machine_with_volume": TopologyKind.INFRASTRUCTURE,
}
FILLED = {
    "admin_email": "ada@example.org",
    "chart_name": "shop",
    "chart_repository": "https://charts.example.org",
    "chart_version": "1.2.3",
    "input_urls": ["https://data.example.org/a.csv"],
    "instance_key_pub": "ssh-ed25519 AAAA ada",
    "s3_bucket": "results",
    "s3_endpoint": "https://s3.example.org",
}
SECRET = "a-secret-of-ada's-choice"
every_template = pytest.mark.parametrize("name", KINDS)


@cache
def ours() -> dict[str, ReadyTemplate]:
    return {one.name: one for one in ready_templates()}


def filled(template: ReadyTemplate) -> dict[str, Json]:
    """What somebody in a hurry types: the required fields and no other."""
    fields = [one for one in template.inputs if one.required]
    return {one.name: SECRET if one.secret else FILLED.get(one.name, "sh run.sh") for one in fields}


def strictly(template: ReadyTemplate) -> Compiled:
    return compile_template(template.text, filled(template), catalogues(), mode=Mode.STRICT)


def field(template: str, name: str) -> ReadyInput:
    return next(one for one in ours()[template].inputs if one.name == name)


@pytest.fixture
def client() -> httpx.AsyncClient:
    """A client of the routes, before a gateway that knows one token."""

    class Ada:
        async def caller(self, token: str) -> Caller:
            if token != "ada":
                raise Permanent("The token is nobody's.")
            return Caller(Principal(issuer=ISSUER, subject="ada"), (), NOON, token)

    app = FastAPI()
    install_error_shape(app)
    app.include_router(template_routes(who_calls(Ada()), ours().values()))
    headers = {"authorization": "Bearer ada"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway", headers=headers)


def test_all_sixteen_are_there() -> None:
    assert list(ours()) == list(KINDS)


@every_template
def test_compiles_to_the_letter_and_without_a_warning_when_only_what_is_required_is_filled_in(name: str) -> None:
    done = strictly(ours()[name])

    assert done.warnings == ()
    assert done.topology.kind is ours()[name].kind is KINDS[name]


@every_template
def test_lets_no_secret_through_to_what_travels(name: str) -> None:
    template = ours()[name]

    done = strictly(template)

    assert done.secret_values == {one.name: SECRET for one in template.inputs if one.secret}
    assert SECRET not in done.template
    assert SECRET not in done.topology.model_dump_json()


def test_gives_no_secret_a_default_that_everybody_knows() -> None:
    secrets = [one for template in ours().values() for one in template.inputs if one.secret]

    assert secrets
    assert all(one.required for one in secrets)


@every_template
def test_has_what_a_card_shows(name: str) -> None:
    template = ours()[name]

    assert all((template.display_name, template.description, template.tag))
    assert template.icon.startswith("data:image/svg+xml,")


@every_template
def test_helps_with_every_field_and_explains_every_output(name: str) -> None:
    template = ours()[name]

    assert template.inputs
    assert template.outputs
    for said in [*(one.description for one in template.inputs), *(one.description for one in template.outputs)]:
        assert said.endswith(".")
    for one in template.inputs:
        assert one.required == (one.default is None), one.name
        assert one.entry_type or one.type not in ("list", "map"), one.name


def test_a_field_says_all_that_a_form_needs() -> None:
    assert field("virtual_machine", "num_cpus").model_dump() == {
        "name": "num_cpus",
        "type": "integer",
        "entry_type": None,
        "description": "Virtual cores of the machine.",
        "default": 1,
        "required": False,
        "secret": False,
        "constraints": ({"in_range": [1, 128]},),
    }
    assert field("mesos_cluster", "marathon_password").secret
    assert field("virtual_machine", "ports").entry_type == "tosca.datatypes.indigo.network.PortSpec"


def test_the_numbers_that_were_typed_are_the_machines_that_are_asked_for() -> None:
    template = ours()["slurm_elastic_cluster"]
    given = filled(template) | {"first_workers": 3, "worker_mem": "8 GB"}

    done = compile_template(template.text, given, catalogues(), mode=Mode.STRICT)
    (worker,) = (node for node in done.topology.nodes if node.name == "worker")

    assert (worker.count, worker.compute and worker.compute.memory) == (3, 8000)


def test_every_job_of_a_chain_waits_for_the_one_before() -> None:
    nodes = strictly(ours()["job_chain"]).topology.nodes
    waits = {node.name: [one.target for one in node.connections if one.requirement == "parent_job"] for node in nodes}

    assert (waits["prepare"], waits["process"], waits["publish"]) == ([], ["prepare"], ["process"])


def test_every_job_of_a_sweep_has_its_own_value() -> None:
    nodes = strictly(ours()["parameter_sweep"]).topology.nodes
    values = [node.properties["environment_variables"]["PARAMETER"] for node in nodes if "command" in node.properties]

    assert values == ["0.1", "0.2", "0.5", "1.0"]


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("tosca_definitions_version: tosca_simple_yaml_1_0\n")

    with pytest.raises(NeedsPerson, match=r"broken\.yaml is refused: .*topology_template"):
        ready_templates(tmp_path)


async def test_lists_cards_and_forms_without_the_texts(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/templates")).json()

    assert [one["name"] for one in listed] == list(KINDS)
    shape = {"name", "display_name", "description", "tag", "icon", "kind", "inputs"}
    assert all(set(one) == shape for one in listed)
    assert listed[0]["inputs"][0]["name"] == "command"
    assert listed[0]["inputs"][0]["required"] is True


async def test_shows_one_with_its_text_as_written(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/templates/helm_release")).json()

    assert shown["kind"] == "helm-release"
    assert shown["template"] == (OURS / "helm_release.yaml").read_text()
    assert [one["name"] for one in shown["outputs"]] == ["worker_ips", "service_ports"]


async def test_says_where_to_look_when_a_name_is_not_known(client: httpx.AsyncClient) -> None:
    answer = await client.get("/templates/slurm")

    assert answer.status_code == 404
    assert answer.json()["message"] == "There is no template 'slurm'; GET /templates lists those there are."


@pytest.mark.parametrize("path", ["/templates", "/templates/helm_release"])
async def test_is_for_callers_who_say_who_they_are(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, headers={"authorization": "Bearer eve"})).status_code == 401
