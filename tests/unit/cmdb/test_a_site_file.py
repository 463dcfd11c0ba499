from pathlib import Path

import pytest

from services.cmdb.adapters.folder import FederationFolder
from services.cmdb.domain.assembly import FILE, assembled
from services.cmdb.domain.description import described
from services.cmdb.domain.merging import Layer
from shared.contracts.sites import Flavour, Network, Quantities, ServiceStatus, SiteDescribed
from shared.contracts.topology import NetworkKind, TopologyKind
from shared.contracts.vocabulary import SiteId
from tests.support.builders import NOON

SITE = """
name: ReCaS Bari
country: NO
issuers: ["https://iam.example.org/"]
services:
  - id: compute
    type: openstack
    backend: im
    kinds: [infrastructure]
    endpoint: https://cloud.example.org:5000/v3
    region: one
    images: [{id: i-1, name: Ubuntu, distribution: ubuntu, version: "22.04"}]
    flavours:
      - {id: small, name: small, cpus: 0.5, memory: 512}
    networks: [{id: n-1, name: public, kind: public}]
    quota: {cpus: 8}
    settings: {project: users}
    monitoring: {whatever: monitoring says}
"""


async def read(folder: Path, text: str) -> tuple[object, list[str]]:
    (folder / "bari.yaml").write_text(text)
    seen = await FederationFolder(folder).read()
    return seen.sites[SiteId("bari")], [str(problem) for problem in seen.problems]


async def told(folder: Path, text: str) -> SiteDescribed:
    """What the federation hears when that is all that is said of a site."""
    (folder / "bari.yaml").write_text(text)
    seen = await FederationFolder(folder).read()
    document = seen.sites[SiteId("bari")]
    assert document is not None
    assert seen.problems == ()
    return described(SiteId("bari"), assembled([Layer(FILE, document)]).record, NOON)


async def test_every_part_of_a_site_arrives(tmp_path: Path) -> None:
    site = await told(tmp_path, SITE)
    assert (site.site, site.name, site.country) == ("bari", "ReCaS Bari", "NO")
    (service,) = site.services
    assert service.kinds == (TopologyKind.INFRASTRUCTURE,)
    assert service.status is ServiceStatus.ACTIVE
    assert service.flavours == (Flavour(id="small", name="small", cpus=0.5, memory=512),)
    assert service.networks == (Network(id="n-1", name="public", kind=NetworkKind.PUBLIC),)
    assert service.quota == Quantities(cpus=8)
    assert service.settings == {"project": "users"}


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        (
            "    kinds: [infrastructure]\n",
            "",
            6,
            "found no kinds for the type openstack; allowed: kinds, or one of org",
        ),
        ("    backend: im\n", "", 6, "found kinds and no backend; allowed: a backend, or no kinds"),
        ("    region: one\n", "    parent: nova\n", 1, "found nova as parent of compute; allowed: none"),
        ("kinds: [infrastructure]", "kinds: [vm]", 9, "found 'vm'; allowed: 'infrastructure', 'container-service'"),
        ("https://cloud", "ftp://cloud", 10, "allowed: an http or https address"),
        ("https://cloud.example.org:5000/v3", "${IM_URL}", 10, "allowed: an http or https address"),
        ("quota: {cpus: 8}", "quota: {cpus: -1}", 16, "services[0].quota.cpus: found -1; allowed: greater than"),
        ("quota: {cpus: 8}", "quota: {cpu: 8}", 16, "allowed: cpus, memory, instances, disk, gpus, public_addresses"),
        ("{project: users}", "{project: 42}", 17, "allowed: text (a number in quotes is text)"),
        ("kind: public", "kind: open", 15, "allowed: 'public', 'private' or 'isolated'"),
        ("memory: 512", "memory: 512 MB", 14, "services[0].flavours[0].memory: found '512 MB'"),
        ("country: NO", "country: Norway", 3, "country: found 'Norway'"),
        ("name: ReCaS Bari", "nmae: ReCaS Bari", 2, "nmae is not known; allowed: name, country, issuers, services"),
        (
            "      - {id: small, name: small, cpus: 0.5, memory: 512}\n",
            "      - {id: s, name: s, cpus: 1, memory: 5}\n" * 2,
            6,
            "found s more than once in flavours",
        ),
    ],
)
async def test_a_mistake_is_shown_with_its_line_and_what_would_be_right(
    tmp_path: Path, right: str, wrong: str, line: int, says: str
) -> None:
    assert right in SITE
    site, problems = await read(tmp_path, SITE.replace(right, wrong))
    assert site is None
    assert any(f"bari.yaml:{line}: " in problem and says in problem for problem in problems), problems


async def test_the_demos_sites_are_well_written() -> None:
    folder = Path(__file__).parents[3] / "embedded" / "federation" / "sites"
    seen = await FederationFolder(folder).read()
    assert seen.there
    assert seen.sites
    assert all("found '${" in problem.sentence for problem in seen.problems), "only the placeholders are not filled in"


async def test_the_example_on_the_operators_page_is_a_site(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "cmdb.md").read_text()
    site = await told(tmp_path, page.split("```yaml\n")[1].split("```")[0])
    nova, marathon, mesos, storage = site.services
    assert (nova.status, nova.overbooking_cpu, nova.backend) == (ServiceStatus.MAINTENANCE, 4, "im")
    assert (marathon.parent, mesos.kinds, storage.backend, storage.rse) == ("mesos", (), "", "BARI-DISK")
    assert [provider.issuer for provider in site.identity_providers] == ["https://egi.example.org/"]
