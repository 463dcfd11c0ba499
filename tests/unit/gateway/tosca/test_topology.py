"""The topology: kinds by inheritance, needs in our units, networks, counts, policies."""

import gc

import pytest

from services.gateway.domain.tosca import Mode
from shared.contracts.topology import NetworkKind, TopologyKind
from tests.unit.gateway.tosca.compiling import compiled, node_of, refused


def test_a_machine_says_what_it_needs_in_our_units() -> None:
    done = compiled("""
  inputs: {memory: {type: scalar-unit.size, default: 3.5 GiB}}
  node_templates:
    vm:
      type: tosca.nodes.indigo.Compute
      capabilities:
        scalable: {properties: {count: 3}}
        host:
          properties:
            {num_cpus: 4, mem_size: {get_input: memory}, disk_size: 10500 MB, num_gpus: 1, gpu_vendor: NVIDIA,
             infiniband_support: true, instance_type: m1.large}
        os: {properties: {type: linux, distribution: ubuntu, version: 14.10, gpu_driver: true}}
        endpoint: {properties: {network_name: PUBLIC}}
""")
    node = node_of(done, "vm")
    needs = node.compute
    assert needs is not None
    assert (needs.cpus, needs.memory, needs.disk) == (4.0, 3759, 11)
    assert (needs.gpus, needs.gpu_vendor, needs.infiniband, needs.instance_type) == (1, "NVIDIA", True, "m1.large")
    assert (needs.image.distribution, needs.image.version, needs.image.gpu_driver) == ("ubuntu", "14.10", True)
    assert needs.public_address
    assert node.count == 3
    assert node.path == ("topology_template", "node_templates", "vm")


def test_a_machine_without_wishes_is_one_private_machine() -> None:
    node = node_of(compiled("  node_templates: {vm: {type: tosca.nodes.indigo.Compute}}\n"), "vm")
    assert node.count == 1
    assert node.compute is not None
    assert not node.compute.public_address
    assert node.compute.memory is None


def test_networks_volumes_and_ports_are_told_apart() -> None:
    done = compiled("""
  node_templates:
    out: {type: tosca.nodes.network.Network, properties: {network_type: public}}
    inside: {type: tosca.nodes.indigo.network.Network, properties: {network_type: isolated}}
    plain: {type: tosca.nodes.network.Network, properties: {network_name: net}}
    vm:
      type: tosca.nodes.indigo.Compute
      requirements: [{local_storage: {node: disk, relationship: {type: AttachesTo, properties: {location: /mnt}}}}]
    disk: {type: tosca.nodes.indigo.BlockStorage, properties: {size: 1500 MB}}
    port: {type: tosca.nodes.network.Port, requirements: [{binding: vm}, {link: out}]}
""")
    kinds = [node_of(done, name).network for name in ("out", "inside", "plain", "vm")]
    assert kinds == [NetworkKind.PUBLIC, NetworkKind.ISOLATED, NetworkKind.PRIVATE, None]
    volume = node_of(done, "disk").volume
    assert volume is not None
    assert volume.size == 2
    vm = node_of(done, "vm")
    assert vm.compute is not None
    assert vm.compute.public_address
    assert vm.connections[0].model_dump() == {
        "requirement": "local_storage",
        "target": "disk",
        "relationship": "tosca.relationships.AttachesTo",
        "capability": "attachment",
        "properties": {"location": "/mnt"},
    }


def test_the_nearest_host_and_all_ancestors_are_named() -> None:
    done = compiled("""
  node_templates:
    vm: {type: tosca.nodes.indigo.Compute}
    fe: {type: tosca.nodes.indigo.LRMS.FrontEnd.Slurm, requirements: [{host: vm}]}
    galaxy: {type: tosca.nodes.indigo.GalaxyPortal, requirements: [{host: vm}, {lrms: fe}]}
""")
    assert node_of(done, "galaxy").host == "vm"
    assert node_of(done, "fe").ancestors[0] == "tosca.nodes.indigo.LRMS.FrontEnd"
    assert node_of(done, "galaxy").connections[1].capability == "lrms"


DOCKER = "tosca.nodes.indigo.Container.Application.Docker"
JOB = f"{{type: {DOCKER}.Chronos, properties: {{command: x}}, requirements: [{{host: d}}]}}"
SERVICE = f"{{type: {DOCKER}.Marathon, requirements: [{{host: d}}]}}"
RUNTIME = "d: {type: tosca.nodes.indigo.Container.Runtime.Docker, capabilities: {host: {properties: {num_cpus: 0.5}}}}"


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (JOB, TopologyKind.CONTAINER_JOB),
        (SERVICE, TopologyKind.CONTAINER_SERVICE),
        ("{type: tosca.nodes.indigo.Qcg.Job, properties: {executable: x, environment: {}}}", TopologyKind.BATCH_JOB),
        (
            "{type: tosca.nodes.indigo.Kubernetes.HelmChart, properties: {repository: r, name: n, version: '1'}}",
            TopologyKind.HELM_RELEASE,
        ),
        ("{type: tosca.nodes.indigo.Compute}", TopologyKind.INFRASTRUCTURE),
    ],
)
def test_the_kind_is_found_by_inheritance(node: str, kind: TopologyKind) -> None:
    assert compiled(f"  node_templates:\n    n: {node}\n    {RUNTIME}\n").topology.kind is kind


def test_a_type_of_ones_own_is_of_its_parents_kind() -> None:
    done = compiled("""
imports: [https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml]
node_types: {my.Job: {derived_from: tosca.nodes.indigo.Qcg.Job}}
topology_template:
  node_templates: {job: {type: my.Job, properties: {executable: x, environment: {A: b}}}}
""")
    assert done.topology.kind is TopologyKind.BATCH_JOB


def test_two_kinds_in_one_template_are_refused_naming_the_two_nodes() -> None:
    problem = refused(f"  node_templates:\n    job: {JOB}\n    service: {SERVICE}\n    {RUNTIME}\n")[0]
    assert (problem.code, problem.line) == ("mixed-kinds", 6)
    assert "`job`" in problem.message
    assert "`service`" in problem.message


def test_container_runtimes_need_resources_too() -> None:
    needs = node_of(compiled(f"  node_templates:\n    {RUNTIME}\n"), "d").compute
    assert needs is not None
    assert needs.cpus == 0.5


def test_policies_carry_their_properties_and_the_members_of_groups() -> None:
    done = compiled("""
  inputs: {sla: {type: string, default: abc}}
  node_templates: {a: {type: tosca.nodes.indigo.Compute}, b: {type: tosca.nodes.indigo.Compute}}
  groups: {pair: {type: tosca.groups.Root, members: [a, b]}}
  policies:
    - here:
        type: tosca.policies.indigo.SlaPlacement
        properties: {sla_id: {get_input: sla}, region: r1}
        targets: [pair]
""")
    policy = done.topology.policies[0]
    assert (policy.name, policy.targets, policy.properties) == ("here", ("a", "b"), {"sla_id": "abc", "region": "r1"})


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("{type: tosca.policies.Nope, targets: [a]}", "unknown-type"),
        ("{type: tosca.policies.Placement, targets: [nope]}", "unknown-node"),
        ("{type: tosca.policies.indigo.SlaPlacement}", "missing-required-property"),
        ("{type: tosca.policies.indigo.SlaPlacement, properties: {sla_id: {get_input: nope}}}", "unknown-input"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(policy: str, code: str) -> None:
    body = f"  node_templates: {{a: {{type: tosca.nodes.indigo.Compute}}}}\n  policies:\n    - p: {policy}\n"
    problem = refused(body)[0]
    assert (problem.code, problem.line) == (code, 6)


def test_the_letter_refuses_what_the_field_lets_pass() -> None:
    body = "  node_templates: {job: {type: tosca.nodes.indigo.Qcg.Job, properties: {executable: x}}}\n"
    assert [warning.code for warning in compiled(body).warnings] == ["missing-required-property"]
    assert refused(body, mode=Mode.STRICT)[0].code == "missing-required-property"


def test_the_topology_names_the_types_it_was_compiled_against() -> None:
    one = compiled("  node_templates: {vm: {type: tosca.nodes.indigo.Compute}}\n").topology
    other = compiled("topology_template: {node_templates: {vm: {type: tosca.nodes.Compute}}}\n").topology
    assert (one.definitions_version, other.definitions_version) == ("tosca_simple_yaml_1_0", "tosca_simple_yaml_1_3")
    assert one.catalogue != other.catalogue
    assert len(one.catalogue) == 64


def test_a_compilation_leaves_nothing_for_the_collector_of_garbage() -> None:
    body = """
  inputs: {address: {type: string, default: a}}
  node_templates:
    vm: {type: tosca.nodes.indigo.Compute}
    wn:
      type: tosca.nodes.indigo.LRMS.WorkerNode.Slurm
      properties: {front_end_ip: {get_attribute: [vm, private_address, 0]}, public_front_end_ip: {get_input: address}}
      requirements: [{host: vm}]
  outputs: {ip: {value: {concat: [{get_attribute: [vm, public_address, 0]}, ":80"]}}}
"""
    compiled(body)
    gc.collect()
    gc.disable()
    try:
        compiled(body)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_machines_that_want_the_same_say_so_each_for_itself() -> None:
    done = compiled("""
  node_templates:
    one: {type: tosca.nodes.indigo.Compute, capabilities: {host: {properties: {num_cpus: 1}}}}
    two: {type: tosca.nodes.indigo.Compute, capabilities: {host: {properties: {num_cpus: 1, num_gpus: 1}}}}
    three: {type: tosca.nodes.indigo.Compute, capabilities: {host: {properties: {num_cpus: 1}}}}
""")
    needs = [node.compute for node in done.topology.nodes]
    assert needs[0] == needs[2] != needs[1]
    assert done.topology.nodes[0].capabilities["endpoint"] == done.topology.nodes[1].capabilities["endpoint"]
