"""Data and outputs: what a site near the data must know, and what the owner alone may see."""

import pytest

from shared.contracts.topology import DataNeeds, DataService
from tests.unit.gateway.tosca.compiling import compiled

ONEDATA, URL, STORE = DataService.ONEDATA, DataService.URL, DataService.OBJECT_STORE
URIS = "['http://u:p@h.org:8080/f', 'file:///etc/x', local, 'rucio://user.a/set/1', 's3://bucket/key']"
CHRONOS = "tosca.nodes.indigo.Container.Application.Docker.Chronos"


@pytest.mark.parametrize(
    ("node", "needs"),
    [
        (
            "{type: tosca.nodes.indigo.OnedataSpace, properties: {space: s, oneproviders: [a.org, b.org]}}",
            [
                DataNeeds(node="n", service=ONEDATA, at="a.org", names=("s",)),
                DataNeeds(node="n", service=ONEDATA, at="b.org", names=("s",)),
            ],
        ),
        (
            "{type: tosca.nodes.indigo.OnedataSpace, properties: {space: {get_input: space}}}",
            [DataNeeds(node="n", service=ONEDATA, names=("given",))],
        ),
        ("{type: tosca.nodes.indigo.OnedataServiceSpace}", [DataNeeds(node="n", service=ONEDATA, writes=True)]),
        (
            "{type: tosca.nodes.indigo.Dynafed, properties: {files: ['https://d.org/a', 'https://d.org/b']}}",
            [
                DataNeeds(
                    node="n",
                    service=DataService.DYNAFED,
                    at="https://d.org",
                    names=("https://d.org/a", "https://d.org/b"),
                )
            ],
        ),
        (
            "{type: tosca.nodes.indigo.S3Bucket, properties: {bucket_name: b, s3_url: 'https://s3.org'}}",
            [DataNeeds(node="n", service=STORE, at="https://s3.org", names=("b",), writes=True)],
        ),
        (
            "{type: tosca.nodes.ObjectStorage, properties: {name: results}}",
            [DataNeeds(node="n", service=STORE, names=("results",), writes=True)],
        ),
        (
            f"{{type: {CHRONOS}, properties: {{command: x, uris: {URIS}}}, requirements: [{{host: r}}]}}",
            [
                DataNeeds(node="n", service=URL, at="http://h.org:8080", names=("http://u:p@h.org:8080/f",)),
                DataNeeds(node="n", service=DataService.RUCIO, names=("user.a:set/1",)),
                DataNeeds(node="n", service=STORE, names=("s3://bucket/key",)),
            ],
        ),
        ("{type: tosca.nodes.indigo.Compute}", []),
    ],
)
def test_data_with_a_place_of_its_own_is_told(node: str, needs: list[DataNeeds]) -> None:
    done = compiled(f"""
  inputs: {{space: {{type: string, default: given}}}}
  node_templates:
    n: {node}
    r: {{type: tosca.nodes.indigo.Container.Runtime.Docker}}
""")
    assert list(done.topology.data) == needs


@pytest.mark.parametrize("address", ["'http://[x/'", "'https://h:99999999/'", "'http:///nowhere'"])
def test_an_address_that_is_none_does_no_harm(address: str) -> None:
    done = compiled(f"""
  node_templates:
    n: {{type: {CHRONOS}, properties: {{command: x, uris: [{address}]}}, requirements: [{{host: r}}]}}
    r: {{type: tosca.nodes.indigo.Container.Runtime.Docker}}
""")
    assert done.topology.data[0].at is None


@pytest.mark.parametrize(
    ("output", "secret"),
    [
        ("{value: {get_attribute: [fe, endpoint, credential, 0, token]}}", True),
        ("{value: {get_attribute: [fe, endpoint, credential, 0]}}", True),
        ("{value: {get_attribute: [fe, public_address, 0]}}", False),
        ("{value: {get_attribute: [fe, endpoint, credential, 0, user]}}", False),
        ("{value: {concat: ['https://', {get_input: admin_password}, '@x']}}", True),
        ("{value: {concat: ['https://', {get_input: name}, '@x']}}", False),
        ("{value: {get_property: [mesos, marathon_password]}}", True),
        ("{value: {get_property: [mesos, chronos_username]}}", False),
        ("{value: {get_property: [mesos, mesos_username]}}", True),
        ("{value: {a: {b: [{get_input: admin_password}]}}}", True),
        ("{value: {get_input: admin_password}, metadata: {secret: false}}", False),
        ("{value: fixed, metadata: {secret: true}}", True),
    ],
)
def test_an_output_is_secret_if_what_it_reads_is(output: str, secret: bool) -> None:
    done = compiled(f"""
  inputs: {{admin_password: {{type: string, default: x}}, name: {{type: string, default: y}}}}
  node_templates:
    fe: {{type: tosca.nodes.indigo.Compute}}
    mesos:
      type: tosca.nodes.indigo.LRMS.FrontEnd.Mesos
      properties: {{wn_ips: [], marathon_password: plain, mesos_username: {{get_input: admin_password}}}}
      requirements: [{{host: fe}}]
  outputs: {{told: {output}}}
""")
    assert done.topology.outputs[0].secret is secret


def test_an_output_called_after_a_secret_is_one() -> None:
    done = compiled(
        "  node_templates: {}\n  outputs: {kube_token: {value: x}, node_creds: {value: y}, ip: {value: z}}\n"
    )
    assert [output.secret for output in done.topology.outputs] == [True, True, False]
