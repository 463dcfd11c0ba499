"""Inputs: checked by type and constraint, coerced from clients' text, secret ones kept apart."""

import pytest

from services.gateway.domain.tosca import Mode, compile_template
from services.gateway.domain.tosca.secrecy import names_secret
from shared.contracts.topology import Json
from tests.unit.gateway.tosca.compiling import catalogues, compiled, refused

NODES = "  node_templates: {vm: {type: tosca.nodes.indigo.Compute}}\n"


def test_text_from_clients_becomes_the_type_that_is_due() -> None:
    body = """
  inputs:
    n: {type: integer}
    f: {type: float}
    b: {type: boolean}
    l: {type: list, entry_schema: {type: integer}}
    s: {type: string}
"""
    given = {"n": "5", "f": "1.5", "b": "True", "l": "[1, 2]", "s": 7}
    assert compiled(body + NODES, given).topology.inputs == {"n": 5, "f": 1.5, "b": True, "l": [1, 2], "s": "7"}


def test_a_required_input_without_a_value_is_refused_at_its_definition() -> None:
    problem = refused("  inputs: {a: {type: string}}\n" + NODES)[0]
    assert (problem.code, problem.line, problem.path[-1]) == ("missing-input", 4, "a")


def test_a_template_can_be_checked_before_its_inputs_are_known() -> None:
    text = """
tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  inputs: {n: {type: integer}}
  node_templates:
    vm: {type: tosca.nodes.Compute, capabilities: {host: {properties: {num_cpus: {get_input: n}}}}}
"""
    topology = compile_template(text, {}, catalogues(), need_inputs=False).topology
    assert topology.nodes[0].capabilities["host"]["num_cpus"] == {"get_input": "n"}
    assert topology.nodes[0].compute is not None
    assert topology.nodes[0].compute.cpus is None


@pytest.mark.parametrize(
    ("definition", "given", "code"),
    [
        ("{type: integer}", "zz", "wrong-type"),
        ("{type: integer}", True, "wrong-type"),
        ("{type: integer, constraints: [{less_than: 3}]}", 9, "constraint"),
        ("{type: string, constraints: [{valid_values: [x]}]}", "y", "constraint"),
        ("{type: string, constraints: [{pattern: '[a-z]+'}]}", "A1", "constraint"),
        ("{type: string, constraints: [{min_length: 6}]}", "abc", "constraint"),
        ("{type: scalar-unit.size, constraints: [{in_range: [1 GB, 4 GB]}]}", "5000 MB", "constraint"),
        ("{type: list, entry_schema: {type: integer}}", ["x"], "wrong-type"),
        ("{type: tosca.datatypes.Credential}", {"user": "u"}, "missing-required-property"),
        ("{type: strin}", "x", "unknown-type"),
        ("{type: string, group: x}", "x", "unknown-key"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(definition: str, given: object, code: str) -> None:
    assert code in [problem.code for problem in refused(f"  inputs: {{a: {definition}}}\n{NODES}", {"a": given})]


def test_an_input_nobody_asked_for_is_refused_with_the_nearest_name() -> None:
    problem = refused("  inputs: {password_length: {type: integer, default: 1}}\n" + NODES, {"pasword_length": 2})[0]
    assert (problem.code, problem.nearest) == ("unknown-input", "password_length")


def test_a_default_is_held_to_its_own_constraints() -> None:
    assert refused("  inputs: {a: {type: integer, default: 5, constraints: [{less_than: 3}]}}\n" + NODES)[0].line == 4


def test_a_secret_input_is_kept_out_of_everything_but_the_secret_values() -> None:
    body = """
  inputs: {admin_password: {type: string, default: published}, user: {type: string, default: me}}
  node_templates:
    fe:
      type: tosca.nodes.indigo.LRMS.FrontEnd.Mesos
      properties: {marathon_password: {concat: [{get_input: user}, '-', {get_input: admin_password}]}}
      requirements: [{host: vm}]
    vm: {type: tosca.nodes.indigo.Compute}
"""
    done = compiled(body, {"admin_password": "hunter2hunter2"})
    assert done.secret_values == {"admin_password": "hunter2hunter2"}
    assert done.topology.secret_inputs == ("admin_password",)
    assert "hunter2" not in done.topology.model_dump_json() + done.template
    assert "published" not in done.topology.model_dump_json() + done.template
    assert done.topology.nodes[0].properties["marathon_password"] == {
        "concat": ["me", "-", {"get_input": "admin_password"}]
    }


def test_a_secret_that_is_wrong_is_not_repeated_in_the_problem() -> None:
    body = "  inputs: {token: {type: string, constraints: [{min_length: 20}]}, pin_secret: {type: string}}\n" + NODES
    for problem in refused(body, {"token": "s3cr3t", "pin_secret": ["s3cr3t"]}):
        assert "s3cr3t" not in f"{problem}{problem.found}"


def test_a_wrong_value_under_a_name_of_secrets_is_not_repeated_either() -> None:
    properties = "{marathon_password: [s3cr3t]}"
    body = f"  node_templates:\n    fe: {{type: tosca.nodes.indigo.LRMS.FrontEnd.Mesos, properties: {properties}}}\n"
    assert all("s3cr3t" not in f"{problem}{problem.found}" for problem in refused(body))


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("admin_password", True),
        ("iamToken", True),
        ("s3_secret_key", True),
        ("vnc_pass", True),
        ("instance_key_pub", False),
        ("vault_secret_path", False),
        ("token_endpoint", False),
        ("passenger", False),
    ],
)
def test_the_last_word_of_a_name_says_whether_it_is_secret(name: str, secret: bool) -> None:
    assert names_secret(name) is secret


def test_metadata_decides_over_the_name() -> None:
    body = """
  inputs:
    zone: {type: string, default: a, metadata: {secret: true}}
    db_password: {type: string, default: b, metadata: {secret: false}}
"""
    assert compiled(body + NODES).topology.secret_inputs == ("zone",)


def test_a_boolean_written_for_a_string_is_tolerated_by_the_field_and_not_by_the_letter() -> None:
    body = "  inputs: {a: {type: string, default: false, constraints: [{valid_values: [false, true]}]}}\n" + NODES
    assert [warning.code for warning in compiled(body).warnings] == ["scalar-for-string"]
    assert compiled(body).topology.inputs == {"a": "false"}
    assert refused(body, mode=Mode.STRICT)[0].code == "scalar-for-string"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("[" * 700 + "]" * 700, "too-deep"),
        ('["\\ud800"]', "not-text"),
        (["\ud800"], "not-text"),
        ([{"\ud800": 1}], "not-text"),
    ],
)
def test_a_value_that_no_document_could_hold_is_refused_by_its_input(value: Json, code: str) -> None:
    assert refused("  inputs: {a: {type: list}}\n" + NODES, {"a": value})[0].code == code


def test_the_name_of_an_input_that_no_document_could_hold_is_shown_as_far_as_it_can() -> None:
    problem = refused("  inputs: {a: {type: list, default: []}}\n" + NODES, {"\ud800b": 1})[0]
    assert (problem.code, problem.found) == ("unknown-input", "?b")


@pytest.mark.parametrize(
    ("definition", "given"),
    [
        ("{type: integer}", {"a": "many"}),
        ("{type: integer}", {"a": []}),
        ("{type: integer, default: many}", {}),
        ("{type: integer, constraints: [{less_than: 3}]}", {"a": 5}),
    ],
)
def test_a_wrong_value_is_one_problem(definition: str, given: dict[str, Json]) -> None:
    problems = refused(f"  inputs: {{a: {definition}}}\n" + NODES, given)
    assert [problem.code for problem in problems if problem.code != "constraint"] in ([], ["wrong-type"])
    assert len(problems) == 1


@pytest.mark.parametrize("path", ["[who, nope]", "[who, user, 0]", "[who, 0]"])
def test_a_path_that_no_value_of_an_input_has_is_refused_before_there_is_one(path: str) -> None:
    outputs = f"  outputs: {{o: {{value: {{get_input: {path}}}}}}}\n"
    body = "  inputs: {who: {type: tosca.datatypes.Credential}}\n" + NODES + outputs
    assert refused(body, {"who": {"token": "x"}})[0].code == "bad-path"
