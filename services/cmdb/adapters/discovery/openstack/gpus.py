"""What special hardware a flavour has, by its extra specs. There is no standard for it; these are the ways in use.

Named outright (`gpu_number`, `gpu_vendor`, `gpu_model`, `infiniband`, as cloud operators of the federation write them),
PCI devices by alias (`pci_passthrough:alias`), and devices of Placement (`resources:VGPU`, `resources:CUSTOM_…`).
Aliases are the operator's words: one counts as a GPU if the site's file says so, or if it looks like one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.cmdb.adapters.discovery.openstack.settings import Gpu

MAX_GPUS = 1024
NVIDIA = re.compile(
    r"(?<![a-z0-9])(?:tesla|quadro)?[_-]?([abhv]100|gh200|[bh]200|[al]40s?|a30|a10g?|a16|a2|l4|p100|p40|p4|t4|[km]80|k20|m60"
    r"|rtx[_-]?[a-z]?\d{4}|gtx[_-]?\d{3,4}(?:ti)?)(?![0-9])"
)
AMD = re.compile(r"(?<![a-z0-9])(mi\d{2,3}[ax]?)(?![0-9])")
FABRIC = re.compile(r"infiniband|connectx|(?<![a-z])(ib|hdr|edr|ndr|mlx\d?)(?![a-z])")
GPU_WORDS = ("gpu", "nvidia", "tesla", "geforce", "quadro", "radeon", "instinct")
VENDORS = {"nvidia": "NVIDIA", "amd": "AMD", "intel": "Intel"}
PLACEMENT = re.compile(r"resources\d*:([A-Z0-9_]+)")
PLACED = re.compile(r"VGPU|PGPU|CUSTOM_\w*GPU\w*")
TRUE = ("true", "yes", "1", "on")


@dataclass(frozen=True, slots=True)
class Hardware:
    """GPUs, whose and which if that is said, and whether there is InfiniBand."""

    gpus: int = 0
    vendor: str | None = None
    model: str | None = None
    infiniband: bool = False


def hardware(specs: Mapping[str, str], aliases: Mapping[str, Gpu]) -> Hardware:
    """What the specs say. `aliases` are PCI aliases and Placement's classes that are known to be GPUs."""
    named = {name.rpartition(":")[2].lower(): value for name, value in specs.items()}
    devices = [*_passed_through(specs), *_placed(specs)]
    found = [(count, gpu) for word, count in devices if (gpu := _gpu(word, aliases)) is not None]
    first = found[0][1] if found else Gpu()
    gpus = _count(named.get("gpu_number", named.get("gpu_count", ""))) or sum(count for count, _ in found)
    vendor = named.get("gpu_vendor") or first.vendor
    return Hardware(
        gpus=min(gpus, MAX_GPUS),
        vendor=(VENDORS.get(vendor.lower(), vendor) if vendor else None) if gpus else None,
        model=(named.get("gpu_model") or first.model) if gpus else None,
        infiniband=_says_fabric(named) or any(_is_fabric(word) for word, _ in devices),
    )


def _passed_through(specs: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for device in specs.get("pci_passthrough:alias", "").split(","):
        alias, _, count = device.strip().rpartition(":")
        if alias:
            yield alias, _count(count)


def _placed(specs: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for name, value in specs.items():
        if match := PLACEMENT.fullmatch(name):
            yield match[1], _count(value)


def _gpu(word: str, aliases: Mapping[str, Gpu]) -> Gpu | None:
    if word in aliases:
        return aliases[word]
    low = word.lower().removeprefix("custom_").replace("_", "-")
    if match := NVIDIA.search(low):
        return Gpu(vendor="NVIDIA", model=match[1].upper())
    if match := AMD.search(low):
        return Gpu(vendor="AMD", model=match[1].upper())
    if PLACED.fullmatch(word) or any(sign in low for sign in GPU_WORDS):
        return Gpu(vendor=next((name for sign, name in VENDORS.items() if sign in low), None))
    return None


def _says_fabric(named: Mapping[str, str]) -> bool:
    return any(named.get(name, "").lower() in TRUE for name in ("infiniband", "infiniband_support"))


def _is_fabric(word: str) -> bool:
    return FABRIC.search(word.lower().replace("_", "-")) is not None


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(MAX_GPUS)) + 1 else 0
