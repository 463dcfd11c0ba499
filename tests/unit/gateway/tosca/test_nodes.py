"""Node templates: types, values, requirements, interfaces, and what may not be."""

import pytest

from services.gateway.domain.tosca import Mode, TemplateRefused, compile_template
from tests.unit.gateway.tosca.compiling import catalogues, compiled, node_of, refused


def test_an_unknown_type_is_refused_with_the_nearest_name() -> None:
    problem = refused("  node_templates:\n    vm: {type: tosca.nodes.indigo.Comput}\n")[0]
    assert (problem.code, problem.line, problem.column) == ("unknown-node-type", 5, 10)
    assert problem.nearest == "tosca.nodes.indigo.Compute"
    assert "did you mean `tosca.nodes.indigo.Compute`?" in problem.message


def test_every_problem_is_told_at_once_and_at_most_fifty() -> None:
    problems = refused("""
  node_templates:
    vm:
      type: tosca.nodes.indigo.Compute
      properties: {instance_nam: x}
      scalable: {count: 2}
      capabilities: {host: {properties: {num_cpus: many}}, disk: {}}
      requirements: [{dependency: nope}, {friend: vm}]
""")
    assert [problem.code for problem in problems] == [
        "unknown-key",
        "unknown-capability",
        "unknown-node",
        "unknown-requirement",
        "unknown-property",
        "wrong-type",
    ]
    assert [problem.line for problem in problems] == [8, 9, 10, 10, 7, 9]
    many = "".join(f"    n{i}: {{type: Nope}}\n" for i in range(90))
    assert len(refused(f"  node_templates:\n{many}")) == 50


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ("{s: {a: 1}}", "wrong-type"),
        ("{i: '5'}", "wrong-type"),
        ("{i: true}", "wrong-type"),
        ("{i: {get_secret: x}}", "wrong-type"),
        ("{b: 1}", "wrong-type"),
        ("{l: x}", "wrong-type"),
        ("{z: 4 GB and more}", "wrong-type"),
        ("{z: -4 GB}", "wrong-type"),
        ("{z: 1.2.3 GB}", "wrong-type"),
        ("{r: [4, 1]}", "wrong-type"),
        ("{k: 10}", "constraint"),
        ("{c: {user: u}}", "missing-required-property"),
        ("{nope: 1}", "unknown-property"),
    ],
)
def test_a_property_of_another_type_is_refused(properties: str, code: str) -> None:
    assert refused(typed(properties))[0].code == code


@pytest.mark.parametrize(
    "properties",
    [
        "{f: 1, b: 'true', z: 4 gb, r: [1, UNBOUNDED], ts: 2020-01-01T00:00:00Z, v: 1.2.3}",
        "{l: [a], m: {a: b}, k: 9, c: {token: t}, s: 'on'}",
    ],
)
def test_properties_of_every_type_are_taken(properties: str) -> None:
    assert compiled(typed(properties)).topology.nodes[0].properties


def typed(properties: str) -> str:
    return f"""
node_types:
  my.A:
    derived_from: tosca.nodes.Root
    properties:
      s: {{type: string, required: false}}
      i: {{type: integer, required: false}}
      f: {{type: float, required: false}}
      b: {{type: boolean, required: false}}
      l: {{type: list, required: false, entry_schema: string}}
      m: {{type: map, required: false, entry_schema: {{type: string}}}}
      z: {{type: scalar-unit.size, required: false}}
      r: {{type: range, required: false}}
      ts: {{type: timestamp, required: false}}
      v: {{type: version, required: false}}
      c: {{type: tosca.datatypes.Credential, required: false}}
      k: {{type: integer, required: false, constraints: [{{in_range: [1, 9]}}]}}
topology_template:
  node_templates: {{n: {{type: my.A, properties: {properties}}}}}
"""


def test_a_cluster_placed_by_its_front_end_needs_no_host_of_its_own() -> None:
    body = """
  node_templates:
    cluster: {type: tosca.nodes.indigo.ElasticCluster, requirements: [{lrms: fe}, {wn: wn}]}
    fe: {type: tosca.nodes.indigo.LRMS.FrontEnd.Slurm, requirements: [{host: vm}]}
    wn:
      type: tosca.nodes.indigo.LRMS.WorkerNode.Slurm
      properties: {front_end_ip: {get_attribute: [vm, private_address, 0]}}
      requirements: [{host: vm}]
    vm: {type: tosca.nodes.indigo.Compute}
"""
    done = compiled(body)
    assert [warning.code for warning in done.warnings] == ["requirement-unset"]
    assert node_of(done, "cluster").host == "fe"
    assert refused(body, mode=Mode.STRICT)[0].code == "requirement-unset"


FILTER = "{capabilities: [{host: {properties: [{num_cpus: {greater_or_equal: 99}}]}}]}"


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ("w: {type: tosca.nodes.SoftwareComponent}", "requirement-unset"),
        ("w: {type: tosca.nodes.SoftwareComponent, requirements: [{host: nope}]}", "unknown-node"),
        ("w: {type: tosca.nodes.SoftwareComponent, requirements: [{host: disk}]}", "target-lacks-capability"),
        ("w: {type: tosca.nodes.WebApplication, requirements: [{host: vm}]}", "target-type-differs"),
        ("w: {type: tosca.nodes.SoftwareComponent, requirements: [{host: vm}, {nope: vm}]}", "unknown-requirement"),
        (
            "w: {type: tosca.nodes.SoftwareComponent, requirements: [{host: {node: vm, relationship: Nope}}]}",
            "unknown-type",
        ),
        (
            "w: {type: tosca.nodes.Compute, requirements: [{local_storage: {node: disk, relationship: AttachesTo}}]}",
            "missing-required-property",
        ),
        (
            f"w: {{type: SoftwareComponent, requirements: [{{host: {{node: vm, node_filter: {FILTER}}}}}]}}",
            "node-filter",
        ),
    ],
)
def test_a_requirement_that_is_not_met_is_refused(nodes: str, code: str) -> None:
    body = f"""
  node_templates:
    vm: {{type: tosca.nodes.Compute, capabilities: {{host: {{properties: {{num_cpus: 1}}}}}}}}
    disk: {{type: tosca.nodes.BlockStorage, properties: {{size: 1 GB}}}}
    {nodes}
"""
    problem = refused(body)[0]
    assert (problem.code, problem.line) == (code, 7)


def test_nodes_that_wait_for_each_other_are_refused_naming_the_circle() -> None:
    problem = refused("""
  node_templates:
    a: {type: tosca.nodes.Compute, requirements: [{dependency: b}]}
    b: {type: tosca.nodes.Compute, requirements: [{dependency: a}]}
""")[0]
    assert problem.code == "requirement-cycle"
    assert "a needs b needs a" in problem.message


@pytest.mark.parametrize(
    ("interfaces", "code"),
    [
        ("{Standard: {reboot: x}}", "unknown-operation"),
        ("{Strange: {create: x}}", "unknown-interface"),
        ("{Standard: null}", "shape"),
        ("{Standard: {create: {implementation: x, input: {}}}}", "unknown-key"),
        ("{Standard: {create: {implementation: x, inputs: {i: {get_property: [SELF, nope]}}}}}", "unknown-property"),
    ],
)
def test_interfaces_are_held_to_their_type(interfaces: str, code: str) -> None:
    assert (
        refused(f"  node_templates: {{vm: {{type: tosca.nodes.Compute, interfaces: {interfaces}}}}}\n")[0].code == code
    )


@pytest.mark.parametrize(
    ("types", "code"),
    [
        ("node_types: {T: {derived_from: T}}", "type-cycle"),
        ("node_types: {T: {derived_from: U}, U: {derived_from: T}}", "type-cycle"),
        ("node_types: {T: {derived_from: tosca.nodes.Nope}}", "unknown-type"),
        ("node_types: {T: {properties: {p: {type: integer, default: abc}}}}", "wrong-type"),
        ("node_types: {T: {properties: {p: {type: string, required: 'yes', default: a}}}}", "shape"),
        ("node_types: {T: {properties: {p: {type: my.Nope, required: false}}}}", "unknown-type"),
        (
            "node_types: {T: {properties: {p: {type: string, default: a, constraints: [{longer_than: 3}]}}}}",
            "constraint",
        ),
    ],
)
def test_types_of_the_template_itself_are_checked(types: str, code: str) -> None:
    body = f"{types}\ntopology_template:\n  node_templates: {{n: {{type: T}}}}\n"
    problem = refused(body)[0]
    assert (problem.code, problem.line) == (code, 2)


def test_a_name_given_twice_is_refused_and_a_value_given_twice_is_tolerated() -> None:
    twice = "  node_templates:\n    a: {type: tosca.nodes.Compute}\n    a: {type: tosca.nodes.Compute}\n"
    assert refused(twice)[0].code == "duplicate-key"
    body = "  node_templates: {a: {type: tosca.nodes.indigo.Compute, properties: {tags: {x: '1', x: '2'}}}}\n"
    assert compiled(body).warnings[0].code == "duplicate-key"


def test_version_two_is_refused_by_its_name() -> None:
    with pytest.raises(TemplateRefused) as caught:
        compile_template("tosca_definitions_version: tosca_2_0\nservice_template: {}\n", {}, catalogues())
    problem = caught.value.problems[-1]
    assert (problem.code, problem.line) == ("version", 1)
    assert "2.0" in problem.message


def test_scaling_has_its_start_between_its_bounds() -> None:
    body = "  node_templates: {{vm: {{type: tosca.nodes.Compute, capabilities: {{scalable: {{properties: {0}}}}}}}}}\n"
    for bounds in (
        "{min_instances: 9, max_instances: 5}",
        "{min_instances: 1, max_instances: 2, default_instances: 3}",
    ):
        assert refused(body.format(bounds))[0].code == "scaling"
    assert compiled(body.format("{default_instances: 2}")).topology.nodes[0].count == 2


@pytest.mark.parametrize(
    "types",
    [
        "{T: {requirements: [{r: tosca.capabilities.Nope}]}}",
        "{T: {requirements: [{r: {capability: Node, node: my.Nope, occurrences: [0, 1]}}]}}",
        "{T: {interfaces: {I: {type: my.Nope}}}}",
        "{T: {capabilities: {c: my.Nope}}}",
    ],
)
def test_what_a_type_of_the_template_names_must_be_known(types: str) -> None:
    body = f"node_types: {types}\ntopology_template:\n  node_templates: {{n: {{type: tosca.nodes.Root}}}}\n"
    assert refused(body)[0].code == "unknown-type"


def test_a_relationship_template_is_checked_where_it_stands() -> None:
    problem = refused("""
  relationship_templates:
    mount: {type: tosca.relationships.AttachesTo, properties: {place: /mnt}}
  node_templates: {vm: {type: tosca.nodes.Compute}}
""")[0]
    assert (problem.code, problem.line) == ("unknown-property", 5)


@pytest.mark.parametrize(
    "types",
    [
        "interface_types: {my.I: {derived_from: tosca.interfaces.Root, interfaces: {I: {type: my.I}}}}",
        "capability_types: {my.I: {derived_from: tosca.capabilities.Root, capabilities: {c: {type: my.I}}}}",
        "data_types: {my.I: {properties: {inner: {type: my.I, required: false}}}}",
    ],
)
def test_a_type_that_refers_to_itself_ends(types: str) -> None:
    nodes = "node_types: {my.N: {derived_from: Root}}\ntopology_template: {node_templates: {n: {type: my.N}}}\n"
    assert [node.type for node in compiled(f"{types}\n{nodes}").topology.nodes] == ["my.N"]


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("Comput", "Compute"),
        ("'tosca:Comput'", "tosca:Compute"),
        ("blockstorage", "BlockStorage"),
        ("tosca.nodes.Compte", "tosca.nodes.Compute"),
        ("zzzzzzzz", None),
    ],
)
def test_the_nearest_type_is_named_as_the_wrong_one_was(written: str, nearest: str | None) -> None:
    assert refused(f"topology_template: {{node_templates: {{vm: {{type: {written}}}}}}}\n")[0].nearest == nearest
