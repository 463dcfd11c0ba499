from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.slam.adapters.folder import FederationFolder
from services.slam.domain.lifecycle import Status
from services.slam.domain.promises import Promise
from services.slam.domain.record import Record, Source, fact
from services.slam.domain.terms import Terms
from shared.contracts.sites import Quantities
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId
from tests.support.builders import NOON
from tests.unit.slam.made import MONTH

AGREEMENT = """
group: /biomed/users
issuer: https://iam.example.org/
site: bari
services: [compute]
starts: 2026-01-01
ends: 2026-12-31
limits: {cpus: 64, memory: 2048}
priority: 3
"""


async def read(folder: Path, contents: str) -> Record:
    (folder / "sla-1.yaml").write_text(contents)
    seen = await FederationFolder(folder).read()
    record = seen.agreements[AgreementId("sla-1")]
    assert record is not None, seen.problems
    return record


async def test_every_part_of_an_agreement_arrives(tmp_path: Path) -> None:
    assert await read(tmp_path, AGREEMENT) == Record(
        AgreementId("sla-1"),
        Status.SIGNED,
        Terms(
            group="/biomed/users",
            issuer="https://iam.example.org/",
            site=SiteId("bari"),
            services=(ServiceId("compute"),),
            starts=datetime(2026, 1, 1, tzinfo=UTC),
            ends=datetime(2027, 1, 1, tzinfo=UTC),
            targets=(
                Promise(type="num_cpus", total_limit=64.0),
                Promise(type="mem_size", unit="MB", total_limit=2048.0),
            ),
            priority=3,
        ),
        source=Source.FILE,
    )


async def test_limits_are_told_as_they_are_written(tmp_path: Path) -> None:
    every = Quantities(cpus=2.5, memory=3, instances=4, disk=5, gpus=6, public_addresses=7, volumes=8)
    written = AGREEMENT.replace("{cpus: 64, memory: 2048}", every.model_dump_json())
    assert fact(await read(tmp_path, written), NOON, MONTH).limits == every


async def test_a_file_may_say_all_that_people_may_agree_on(tmp_path: Path) -> None:
    more = """
state: suspended
document: https://docs.example.org/sla-1.pdf
priorities: {org.openstack.nova: 9}
targets:
  - {type: computing_time, unit: h, total_guaranteed: 200, user_limit: unknown}
changes:
  - kind: weekly
    days: [sat, sun]
    starts: 08:00
    until: 20:00
    zone: Europe/Rome
    targets: [{type: num_cpus, total_limit: unlimited}]
"""
    record = await read(tmp_path, AGREEMENT + more)
    assert record.status is Status.SUSPENDED
    assert [target.type for target in record.terms.targets] == ["computing_time", "num_cpus", "mem_size"]
    assert len(record.terms.changes) == 1
    assert record.terms.priorities == {"org.openstack.nova": 9}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-12-31T12:00:00", datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("2026-12-31T12:00:00+02:00", datetime(2026, 12, 31, 10, tzinfo=UTC)),
        ("'2026-12-31 12:00Z'", datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("", None),
    ],
)
async def test_a_date_is_a_whole_day_and_a_time_without_a_zone_is_utc(
    tmp_path: Path, written: str, meant: datetime | None
) -> None:
    assert (await read(tmp_path, AGREEMENT.replace("2026-12-31", written))).terms.ends == meant


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("ends: 2026-12-31", "ends: 2025-12-30", 7, "ends: found an end before the start"),
        ("ends: 2026-12-31", "ends: 9999-12-31", 7, "leave it out where there is no end"),
        ("starts: 2026-01-01", "starts: 01.01.2026", 6, "allowed: a date (2026-01-31)"),
        ("starts: 2026-01-01", "starts: 20260101", 6, "allowed: a date (2026-01-31)"),
        ("starts: 2026-01-01", "starts: 0001-01-01", 6, "found the year 1; allowed: a time from the year 100"),
        ("priority: 3", "priority: high", 9, "priority: found 'high'"),
        ("priority: 3", "state: signed", 9, "found 'signed'; allowed: 'active', 'suspended' or 'terminated'"),
        ("limits: {cpus: 64, memory: 2048}", "limits: {cpus: -64}", 8, "limits.cpus: found -64"),
        ("site: bari\n", "", 1, "site is missing"),
        ("group:", "grupo:", 2, "grupo is not known; allowed: group, issuer, site, services, starts, ends"),
        ("priority: 3", "targets: [{type: ram, unit: KB}]", 9, "found 'KB'; allowed: 'MB' or 'GB'"),
        ("priority: 3", "targets: [{type: gpus, total_limit: -1}]", 9, "found -1; allowed: a number from 0"),
        (
            "priority: 3",
            "targets: [{type: cores, total_limit: 1}]",
            8,
            "limits: found 'cpus' beside the target 'cores'; allowed: one of the two",
        ),
    ],
)
async def test_a_mistake_is_shown_with_its_line_and_what_would_be_right(
    tmp_path: Path, right: str, wrong: str, line: int, says: str
) -> None:
    assert right in AGREEMENT
    (tmp_path / "sla-1.yaml").write_text(AGREEMENT.replace(right, wrong))
    seen = await FederationFolder(tmp_path).read()
    assert seen.agreements == {"sla-1": None}
    problems = [str(problem) for problem in seen.problems]
    assert any(f"sla-1.yaml:{line}: " in problem and says in problem for problem in problems), problems


async def test_the_demos_agreements_are_well_written() -> None:
    folder = Path(__file__).parents[3] / "embedded" / "federation" / "agreements"
    seen = await FederationFolder(folder).read()
    assert seen.agreements
    assert seen.problems == ()
