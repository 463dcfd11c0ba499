"""A golden topology: one node that says every field there is."""

from shared.contracts.topology import (
    Artifact,
    ComputeNeeds,
    Connection,
    ContainerNeeds,
    DataNeeds,
    DataService,
    ImageNeeds,
    Job,
    NetworkKind,
    Node,
    Operation,
    Output,
    PlacementPolicy,
    Scaling,
    Topology,
    TopologyKind,
    VolumeNeeds,
)

TOPOLOGY = Topology(
    kind=TopologyKind.INFRASTRUCTURE,
    definitions_version="tosca_simple_yaml_1_0",
    catalogue="sha256:4f1c",
    nodes=(
        Node(
            name="server",
            type="tosca.nodes.indigo.Compute",
            ancestors=("tosca.nodes.Compute", "tosca.nodes.Root"),
            properties={"os_users": [{"os_user_name": "ada"}]},
            capabilities={"endpoint": {"ports": {"http": {"source": 80}}}},
            connections=(
                Connection(
                    requirement="local_storage",
                    target="disk",
                    relationship="tosca.relationships.AttachesTo",
                    capability="tosca.capabilities.Attachment",
                    properties={"location": "/mnt"},
                ),
            ),
            host="rack",
            count=2,
            compute=ComputeNeeds(
                cpus=2,
                memory=4096,
                disk=20,
                gpus=1,
                gpu_vendor="NVIDIA",
                gpu_model="A100",
                infiniband=True,
                instance_type="gpu.large",
                image=ImageNeeds(
                    image="ubuntu-22.04",
                    architecture="x86_64",
                    type="linux",
                    distribution="ubuntu",
                    version="22.04",
                    gpu_driver=True,
                    cuda_support=True,
                ),
                public_address=True,
            ),
            volume=VolumeNeeds(
                size=50, type="fast", snapshot="snap-1", mounted_on="server", location="/mnt", device="hdb"
            ),
            network=NetworkKind.PRIVATE,
            container=ContainerNeeds(
                image="library/nginx",
                cpus=1,
                memory=512,
                gpus=1,
                gpu_vendor="NVIDIA",
                gpu_model="A100",
                secrets=True,
            ),
            scaling=Scaling(fewest=2, most=5),
            artifacts=(
                Artifact(
                    name="role",
                    type="tosca.artifacts.AnsibleGalaxy.role",
                    file="grycap.slurm,master",
                    repository="galaxy",
                    deploy_path="/roles",
                    properties={"verified": True},
                ),
            ),
            operations=(
                Operation(interface="Standard", name="start", implementation="start.yaml", inputs={"port": 80}),
            ),
            path=("topology_template", "node_templates", "server", 0),
        ),
    ),
    outputs=(
        Output(
            name="ip", value={"get_attribute": ["server", "public_address", 0]}, description="Its address.", secret=True
        ),
    ),
    policies=(
        PlacementPolicy(
            name="at_cineca", type="tosca.policies.indigo.SlaPlacement", targets=("server",), properties={"sla_id": "1"}
        ),
    ),
    jobs=(Job(node="server", after=("stage-in",)),),
    data=(DataNeeds(node="server", service=DataService.RUCIO, at="rucio", names=("cms:f1",), writes=True),),
    inputs={"cpus": 2},
    secret_inputs=("admin_password",),
)
