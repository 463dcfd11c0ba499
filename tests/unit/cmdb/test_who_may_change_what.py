import pytest

from services.cmdb.domain.editing import Editor, Forbidden, Revision, check, role
from services.cmdb.domain.overrides import addressed, overlaid
from services.cmdb.domain.pointers import Steps
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Principal

F = "forbidden"
ISSUER = "https://iam.example.org"
BEFORE: dict[str, Json] = {
    "name": "Bari",
    "owners": [{"issuer": f"{ISSUER}/", "subject": "ada"}],
    "services": [
        {"id": "nova", "type": "n", "owners": [{"issuer": ISSUER, "subject": "bob"}], "quota": {"cpus": 1}},
        {"id": "swift", "type": "s"},
    ],
}


def somebody(name: str, issuer: str = ISSUER) -> Editor:
    return Editor(Principal(issuer=issuer, subject=name), admin=name == "root")


def outcome(who: str, steps: Steps, said: dict[str, Json]) -> str:
    patch = addressed(steps, said)
    change = Revision({}, patch, BEFORE, overlaid(BEFORE, patch))
    try:
        faults = check(somebody(who), change)
    except Forbidden:
        return F
    return faults[0].path if faults else "fine"


NOVA, SWIFT = ("services", "nova"), ("services", "swift")


@pytest.mark.parametrize(
    ("steps", "said", "outcomes"),
    [
        ((), {"name": "B"}, ("fine", "fine", F, F)),
        ((), {"owners": []}, ("/owners", "/owners", F, F)),
        (NOVA, {"quota": {"cpus": 2}}, ("fine", "fine", "fine", F)),
        (NOVA, {"quota": {"cpus": 1}}, ("fine", "fine", "fine", F)),
        (SWIFT, {"quota": {"cpus": 2}}, ("fine", "fine", F, F)),
        (NOVA, {"owners": []}, ("fine", "fine", "fine", F)),
        (NOVA, {"type": "x"}, ("/services/nova/type", "/services/nova/type", "/services/nova/type", F)),
        (NOVA, {"parent": "b"}, ("/services/nova/parent", "/services/nova/parent", "/services/nova/parent", F)),
        (NOVA, {"discovery": {"kind": "x"}}, ("fine", F, F, F)),
        (NOVA, {"monitoring": {"probe": "/"}}, ("fine", F, F, F)),
        (("services", "new"), {"type": "n"}, ("fine", "fine", F, F)),
        (("services", "new"), {"type": "n", "discovery": {"kind": "x"}}, ("fine", F, F, F)),
    ],
)
def test_who_may_change_what(steps: Steps, said: dict[str, Json], outcomes: tuple[str, ...]) -> None:
    """An administrator, an owner of the site, an owner of `nova`, and somebody."""
    assert tuple(outcome(who, steps, said) for who in ("root", "ada", "bob", "eve")) == outcomes


def test_a_subject_of_another_issuer_is_somebody_else() -> None:
    assert role(somebody("ada"), BEFORE) == "owner"
    assert role(somebody("ada", "https://other.example.org"), BEFORE) is None


def test_who_owns_a_service_may_remove_it_whatever_it_held() -> None:
    before: dict[str, Json] = {
        **BEFORE,
        "services": [{**BEFORE["services"][0], "discovery": {"kind": "x"}}, BEFORE["services"][1]],
    }
    after = {**before, "services": [BEFORE["services"][1]]}
    gone: dict[str, Json] = {"services": [{"id": "nova", "removed": True}]}
    assert check(somebody("bob"), Revision({}, gone, before, after)) == []
    with pytest.raises(Forbidden):
        check(somebody("bob"), Revision({}, {}, before, {**before, "services": []}))


def test_a_site_that_has_no_owner_in_the_folder_can_still_be_changed_by_administrators() -> None:
    before: dict[str, Json] = {"name": "Bari"}
    assert check(somebody("root"), Revision({}, {"name": "B"}, before, {"name": "B"})) == []
