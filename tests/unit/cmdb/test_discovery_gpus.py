"""What special hardware a flavour has, by its extra specs as operators write them."""

import pytest

from services.cmdb.adapters.discovery.openstack.gpus import Hardware, hardware
from services.cmdb.adapters.discovery.openstack.settings import Gpu


@pytest.mark.parametrize(
    ("specs", "found"),
    [
        ({}, Hardware()),
        ({"hw:cpu_policy": "dedicated", "quota:disk_total_iops_sec": "500"}, Hardware()),
        ({"pci_passthrough:alias": "a100:1"}, Hardware(1, "NVIDIA", "A100")),
        ({"pci_passthrough:alias": "nvidia-v100-32gb:4"}, Hardware(4, "NVIDIA", "V100")),
        ({"pci_passthrough:alias": "Tesla_T4:1"}, Hardware(1, "NVIDIA", "T4")),
        ({"pci_passthrough:alias": "teslak80:2"}, Hardware(2, "NVIDIA", "K80")),
        ({"pci_passthrough:alias": "rtx6000:1"}, Hardware(1, "NVIDIA", "RTX6000")),
        ({"pci_passthrough:alias": "mi250x:8"}, Hardware(8, "AMD", "MI250X")),
        ({"pci_passthrough:alias": "gpu:2"}, Hardware(2)),
        ({"pci_passthrough:alias": "amd-gpu:1"}, Hardware(1, "AMD")),
        ({"pci_passthrough:alias": "a100:1,a100:1"}, Hardware(2, "NVIDIA", "A100")),
        ({"pci_passthrough:alias": "a100:4,mlx5-ib:1"}, Hardware(4, "NVIDIA", "A100", infiniband=True)),
        ({"pci_passthrough:alias": "nvme:2"}, Hardware()),
        ({"pci_passthrough:alias": "sriov-nic:1, fpga:1"}, Hardware()),
        ({"pci_passthrough:alias": "connectx6:1"}, Hardware(infiniband=True)),
        ({"pci_passthrough:alias": "a100"}, Hardware()),
        ({"pci_passthrough:alias": "a100:many"}, Hardware()),
        ({"pci_passthrough:alias": ",:,::"}, Hardware()),
        ({"resources:VGPU": "1"}, Hardware(1)),
        ({"resources2:PGPU": "2"}, Hardware(2)),
        ({"resources:CUSTOM_GPU_A100": "1"}, Hardware(1, "NVIDIA", "A100")),
        ({"resources:CUSTOM_NVIDIA_GPU": "3"}, Hardware(3, "NVIDIA")),
        ({"resources:CUSTOM_BAREMETAL_LARGE": "1", "resources:VCPU": "0"}, Hardware()),
        ({"resources:CUSTOM_IB_HCA": "1"}, Hardware(infiniband=True)),
        ({"gpu_number": "2", "gpu_vendor": "nvidia", "gpu_model": "A30"}, Hardware(2, "NVIDIA", "A30")),
        ({"aggregate_instance_extra_specs:gpu_number": "1"}, Hardware(1)),
        ({"gpu_number": "1", "gpu_model": "A-40G", "pci_passthrough:alias": "a100:1"}, Hardware(1, "NVIDIA", "A-40G")),
        ({"gpu_number": "0", "gpu_vendor": "nvidia"}, Hardware()),
        ({"gpu_number": "-3"}, Hardware()),
        ({"gpu_number": "9" * 5000}, Hardware()),
        ({"gpu_number": "9999"}, Hardware(1024)),
        ({"infiniband": "true"}, Hardware(infiniband=True)),
        ({"infiniband_support": "False"}, Hardware()),
    ],
)  # fmt: skip
def test_hardware_is_read_from_extra_specs(specs: dict[str, str], found: Hardware) -> None:
    assert hardware(specs, {}) == found


def test_the_sites_file_knows_what_its_aliases_are() -> None:
    aliases = {"accel1": Gpu(vendor="Intel", model="Max 1550"), "CUSTOM_X": Gpu()}
    assert hardware({"pci_passthrough:alias": "accel1:2"}, aliases) == Hardware(2, "Intel", "Max 1550")
    assert hardware({"resources:CUSTOM_X": "1"}, aliases) == Hardware(1)
    assert hardware({"pci_passthrough:alias": "accel1:2"}, {}) == Hardware()
