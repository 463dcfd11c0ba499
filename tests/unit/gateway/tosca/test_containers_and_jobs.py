"""Containers, jobs, volumes and numbers of instances, as the topology tells them to those who place them."""

import pytest

from services.gateway.domain.tosca import Compiled
from shared.contracts.topology import Job, Scaling, TopologyKind, VolumeNeeds
from tests.unit.gateway.tosca.compiling import compiled, node_of, refused

DOCKER = "tosca.nodes.indigo.Container.Application.Docker"
IMAGE = "tosca.artifacts.Deployment.Image.Container.Docker"


def service(
    more: str = "", runtime: str = "host: {properties: {num_cpus: 0.5, mem_size: 1.5 GB, num_gpus: 1}}"
) -> Compiled:
    return compiled(f"""
  inputs: {{image: {{type: string, default: 'nginx:1.27'}}, password: {{type: string, default: x}}}}
  node_templates:
    web:
      type: {DOCKER}.Marathon
      requirements: [{{host: runtime}}]
{more}
    runtime:
      type: tosca.nodes.indigo.Container.Runtime.Docker
      capabilities: {{{runtime}}}
""")


def test_a_container_needs_what_its_runtime_says_and_the_image_of_its_artifact() -> None:
    done = service(f"""
      properties: {{secrets: {{KEY: {{get_input: password}}}}}}
      artifacts: {{image: {{file: {{get_input: image}}, type: {IMAGE}}}}}
""")
    needs = node_of(done, "web").container
    assert needs is not None
    assert (needs.image, needs.cpus, needs.memory, needs.gpus) == ("nginx:1.27", 0.5, 1500, 1)
    assert needs.secrets
    assert node_of(done, "web").compute is None


def test_what_runs_containers_for_a_site_is_no_machine_of_the_users() -> None:
    done = service()
    assert done.topology.kind is TopologyKind.CONTAINER_SERVICE
    assert node_of(done, "runtime").compute is None
    assert node_of(done, "runtime").container is None


def test_an_image_may_have_any_name_if_its_type_says_what_it_is() -> None:
    done = service(f"      artifacts: {{of_the_web: {{file: 'httpd:2.4', type: {IMAGE}}}}}")
    needs = node_of(done, "web").container
    assert needs is not None
    assert needs.image == "httpd:2.4"
    assert not needs.secrets


def test_a_container_without_an_image_has_none() -> None:
    needs = node_of(service(), "web").container
    assert needs is not None
    assert needs.image is None
    assert node_of(service(), "web").artifacts == ()


def test_there_are_as_many_containers_as_their_runtime_is_counted() -> None:
    done = service(runtime="scalable: {properties: {min_instances: 1, max_instances: 5, default_instances: 3}}")
    assert (node_of(done, "web").count, node_of(done, "runtime").count) == (3, 3)
    assert node_of(done, "runtime").scaling == Scaling(fewest=1, most=5)


def job(name: str, *after: str, more: str = "") -> str:
    requirements = ", ".join(["{host: r}", *after])
    return f"    {name}: {{type: {DOCKER}.Chronos, properties: {{command: x{more}}}, requirements: [{requirements}]}}\n"


RUNTIME = "    r: {type: tosca.nodes.indigo.Container.Runtime.Docker}\n"


def test_jobs_wait_for_their_parents_and_for_what_they_depend_on() -> None:
    done = compiled(
        "  node_templates:\n"
        + job("last", "{parent_job: middle}", "{dependency: first}", "{dependency: middle}")
        + job("middle", "{parent_job: first}")
        + job("first")
        + RUNTIME
    )
    assert done.topology.jobs == (
        Job(node="last", after=("middle", "first")),
        Job(node="middle", after=("first",)),
        Job(node="first"),
    )


def test_jobs_that_wait_for_each_other_are_refused() -> None:
    body = "  node_templates:\n" + job("a", "{parent_job: b}") + job("b", "{parent_job: a}") + RUNTIME
    problem = refused(body)[0]
    assert problem.code == "requirement-cycle"
    assert "a needs b needs a" in problem.message


def test_a_job_with_a_parent_and_a_schedule_is_warned_of() -> None:
    body = "  node_templates:\n" + job("a") + job("b", "{parent_job: a}", more=", schedule: R1//PT1M") + RUNTIME
    assert [warning.code for warning in compiled(body).warnings] == ["schedule-and-parent"]


def test_batch_jobs_are_jobs_whatever_runs_them() -> None:
    done = compiled("""
  node_templates:
    one: {type: tosca.nodes.indigo.Qcg.Job, properties: {executable: a, environment: {}}}
    two:
      type: tosca.nodes.indigo.Qcg.Job
      properties: {executable: b, environment: {}}
      requirements: [{dependency: one}]
""")
    assert done.topology.kind is TopologyKind.BATCH_JOB
    assert done.topology.jobs == (Job(node="one"), Job(node="two", after=("one",)))


def test_machines_are_no_jobs() -> None:
    assert compiled("  node_templates: {vm: {type: tosca.nodes.indigo.Compute}}\n").topology.jobs == ()


def test_a_volume_says_what_it_is_and_where_it_is_mounted() -> None:
    done = compiled("""
  node_templates:
    vm:
      type: tosca.nodes.indigo.Compute
      requirements:
        - local_storage:
            node: disk
            relationship: {type: AttachesTo, properties: {location: /data, device: hdb}}
    disk: {type: tosca.nodes.indigo.BlockStorage, properties: {size: 10 GB, type: fast, snapshot_id: snap-1}}
    spare: {type: tosca.nodes.BlockStorage, properties: {size: 1 GB}}
""")
    assert node_of(done, "disk").volume == VolumeNeeds(
        size=10, type="fast", snapshot="snap-1", mounted_on="vm", location="/data", device="hdb"
    )
    assert node_of(done, "spare").volume == VolumeNeeds(size=1)


@pytest.mark.parametrize(
    ("said", "scaling"),
    [
        ("{count: 2}", None),
        ("{count: 2, min_instances: 1, max_instances: 9}", Scaling(fewest=1, most=9)),
        ("{count: 0, min_instances: 0}", Scaling(fewest=0, most=None)),
        ("{max_instances: 4}", Scaling(fewest=1, most=4)),
        ("{count: 0, max_instances: 4}", Scaling(fewest=0, most=4)),
    ],
)
def test_a_node_may_have_as_many_instances_as_the_template_allows(said: str, scaling: Scaling | None) -> None:
    scalable = f"{{scalable: {{properties: {said}}}}}"
    body = f"  node_templates: {{vm: {{type: tosca.nodes.indigo.Compute, capabilities: {scalable}}}}}\n"
    assert node_of(compiled(body), "vm").scaling == scaling
