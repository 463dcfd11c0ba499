from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.slam.adapters.folder import FederationFolder
from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.sites import Quantities
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId

AGREEMENT = """
group: /biomed/users
issuer: https://iam.example.org/
site: bari
services: [compute]
starts: 2026-01-01
ends: 2026-12-31
limits: {cpus: 64}
priority: 3
"""


async def test_every_part_of_an_agreement_arrives(tmp_path: Path) -> None:
    (tmp_path / "sla-1.yaml").write_text(AGREEMENT)
    seen = await FederationFolder(tmp_path).read()
    assert seen.agreements == {
        "sla-1": AgreementChanged(
            agreement=AgreementId("sla-1"),
            site=SiteId("bari"),
            group="/biomed/users",
            issuer="https://iam.example.org/",
            services=(ServiceId("compute"),),
            state=AgreementState.ACTIVE,
            starts=datetime(2026, 1, 1, tzinfo=UTC),
            ends=datetime(2027, 1, 1, tzinfo=UTC),
            limits=Quantities(cpus=64),
            priority=3,
        )
    }


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
    (tmp_path / "sla-1.yaml").write_text(AGREEMENT.replace("2026-12-31", written))
    agreement = (await FederationFolder(tmp_path).read()).agreements[AgreementId("sla-1")]
    assert agreement is not None
    assert agreement.ends == meant


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("ends: 2026-12-31", "ends: 2025-12-30", 7, "found an end before the start"),
        ("ends: 2026-12-31", "ends: 9999-12-31", 7, "leave it out where there is no end"),
        ("starts: 2026-01-01", "starts: 01.01.2026", 6, "allowed: a date (2026-01-31)"),
        ("starts: 2026-01-01", "starts: 20260101", 6, "allowed: a date (2026-01-31)"),
        ("priority: 3", "priority: high", 9, "priority: found 'high'"),
        ("priority: 3", "state: signed", 9, "found 'signed'; allowed: 'active', 'suspended' or 'terminated'"),
        ("limits: {cpus: 64}", "limits: {cpus: -64}", 8, "limits.cpus: found -64"),
        ("site: bari\n", "", 1, "site is missing"),
        ("group:", "grupo:", 2, "grupo is not known; allowed: group, issuer, site, services, state, starts"),
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
