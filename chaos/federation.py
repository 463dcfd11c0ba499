"""Five sites on the simulated cloud, as the federation folder describes sites and agreements."""

from pathlib import Path

SITES = ("reef-1", "reef-2", "reef-3", "reef-4", "reef-5")
GROUP = "users"

# ${…} is filled in with this run's addresses when the folder is laid out, $-free names are ours.
_SITE = """\
name: {site}
country: IT
issuers: ["${{ISSUER_URL}}"]
services:
  - id: {site}-compute
    type: simulated
    backend: simulated
    kinds: [infrastructure]
    endpoint: ${{SIMULATED_URL}}/sites/{site}
    images:
      - {{id: ubuntu, name: ubuntu-22.04, architecture: x86_64, type: linux, distribution: ubuntu, version: "22.04"}}
    flavours:
      - {{id: small, name: small, cpus: 2, memory: 4096, disk: 20}}
    networks:
      - {{id: public, name: public, kind: public}}
      - {{id: private, name: private, kind: private}}
"""
_AGREEMENT = """\
group: {group}
site: {site}
starts: 2020-01-01
"""


def write(folder: Path) -> Path:
    """Write the folder; returns it."""
    for name, text in (("sites", _SITE), ("agreements", _AGREEMENT)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for site in SITES:
            file = folder / name / f"{site}.yaml"
            file.write_text(text.format(site=site, group=GROUP))
    return folder
