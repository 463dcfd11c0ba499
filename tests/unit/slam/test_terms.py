from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from services.slam.domain.terms import Terms
from shared.contracts.topology import Json
from tests.support.builders import NOON
from tests.unit.slam.made import some_terms

BASE: dict[str, Json] = {"group": "biomed", "site": "cineca", "starts": NOON}


def said(**words: Json) -> str:
    with pytest.raises(ValidationError) as refused:
        Terms.model_validate(BASE | words)
    return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in refused.value.errors())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"ends": NOON}, "ends: found an end before the start; allowed: after 2026-03-02 12:00"),
        ({"ends": NOON - timedelta(days=1)}, "ends: found an end before the start"),
        ({"starts": datetime(2026, 3, 2, 12)}, "starts: Input should have timezone info"),  # noqa: DTZ001 - the point
        ({"ends": "9999-12-31T23:00:00-05:00"}, "ends: found the year 9999; allowed: a time from the year 100 to 9999"),
        ({"targets": [{"type": "cores"}, {"type": "num_cpus"}]}, "targets: found 'cores' and 'num_cpus'; allowed: one"),
        ({"targets": [{"type": "gpus"}, {"type": "gpus"}]}, "targets: found 'gpus' twice; allowed: one target"),
        (
            {"services": ["a", "b"], "targets": [{"type": "gpus", "service": "a"}]},
            "targets: found 'gpus' for one service of several; allowed: no service there, or an agreement for each",
        ),
        (
            {"services": ["a"], "targets": [{"type": "gpus", "service": "b"}]},
            "targets: found 'gpus' for service 'b'; allowed: 'a'",
        ),
        ({"document": "javascript:alert(1)"}, "document: found 'javascript:alert(1)'; allowed: a link that begins"),
        ({"limits": {"cpus": 3}}, "limits: Extra inputs are not permitted"),
        ({"changes": [{"kind": "growth", "days": 3, "factor": 2}]}, "changes: found growth to an end that is not"),
        (
            {"ends": NOON + timedelta(days=9), "changes": [{"kind": "user-share", "share": 0.5, "types": ["gpus"]}]},
            "changes: found 'gpus'; allowed: what `targets` promises; it promises nothing",
        ),
        (
            {
                "changes": [
                    {
                        "kind": "weekly",
                        "days": ["sat"],
                        "starts": "08:00",
                        "until": "20:00",
                        "zone": "Mars",
                        "targets": [],
                    }
                ]
            },
            "changes.0.weekly.zone: found 'Mars'; allowed: a name of the time zone database",
        ),
        (
            {
                "changes": [
                    {"kind": "period", "starts": NOON, "until": NOON, "targets": [{"type": "gpus", "total_limit": -1}]}
                ]
            },
            "changes.0.period.targets.0.total_limit: found -1; allowed: a number from 0",
        ),
        ({"changes": [{"kind": "moon"}]}, "changes.0: Input tag 'moon' found using 'kind' does not match any of"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(words: dict[str, Json], sentence: str) -> None:
    assert sentence in said(**words)


def test_terms_come_back_from_text_as_they_were() -> None:
    terms = Terms.model_validate(
        BASE
        | {
            "ends": NOON + timedelta(days=90),
            "services": ["a"],
            "targets": [
                {"type": "num_cpus", "total_limit": 5},
                {"type": "mem_size", "unit": "GB", "user_limit": "unknown"},
            ],
            "changes": [
                {"kind": "weekly", "days": ["sat"], "starts": "22:00", "until": "06:00", "zone": "Europe/Rome",
                 "targets": [{"type": "num_cpus", "total_limit": "unlimited"}]},
                {"kind": "growth", "days": 3, "factor": 2, "types": ["num_cpus"]},
            ],
            "priorities": {"org.openstack.nova": 3},
            "managers": [{"issuer": "https://iam.example.org/", "subject": "anna"}],
        }
    )  # fmt: skip
    assert Terms.model_validate_json(terms.model_dump_json(exclude_defaults=True)) == terms


def test_a_promise_for_the_one_service_there_is_may_name_it() -> None:
    terms = Terms.model_validate(BASE | {"services": ["a"], "targets": [{"type": "gpus", "service": "a"}]})
    assert terms.targets[0].service == "a"
    assert some_terms().targets == ()
