from hypothesis import given
from hypothesis import strategies as st

from services.cmdb.domain.differences import Difference, differences, gone
from services.cmdb.domain.merging import Layer, merged
from services.cmdb.domain.overrides import addressed, dropped, overlaid
from services.cmdb.domain.pointers import pointer, steps_of
from shared.contracts.topology import Json

names = st.text("ab/~ %", min_size=1, max_size=4)
leaves = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
flavours = st.lists(
    st.builds(lambda id, cpus: {"id": id, "cpus": cpus}, names, leaves), max_size=3, unique_by=lambda entry: entry["id"]
)
services = st.lists(
    st.builds(lambda id, quota, flavours: {"id": id, "quota": quota, "flavours": flavours}, names,
              st.dictionaries(st.sampled_from(["cpus", "gpus"]), leaves), flavours),
    max_size=3, unique_by=lambda entry: entry["id"],
)  # fmt: skip
documents = st.fixed_dictionaries({}, optional={"name": leaves, "services": services})
Document = dict[str, Json]


def seen(*said: Document) -> Document:
    return merged([Layer(str(n), document) for n, document in enumerate(said)]).document


@given(documents, documents, documents)
def test_two_things_said_after_each_other_are_as_one(below: Document, one: Document, two: Document) -> None:
    assert seen(below, overlaid(one, two)) == seen(below, one, two)


@given(documents, documents)
def test_to_say_the_same_again_changes_nothing(said: Document, patch: Document) -> None:
    once = overlaid(said, patch)
    assert overlaid(once, patch) == once


@given(documents)
def test_nothing_is_different_from_itself_and_nothing_is_gone(document: Document) -> None:
    assert list(differences(document, document)) == []
    assert gone(document, document) == {}


@given(documents, documents)
def test_a_place_that_is_different_is_named_once_from_either_side(before: Document, after: Document) -> None:
    found = [difference.path for difference in differences(before, after)]
    assert len(found) == len(set(found))
    assert sorted(found) == sorted(difference.path for difference in differences(after, before))


@given(st.lists(names, max_size=4))
def test_a_pointer_leads_back_to_its_steps(steps: list[str]) -> None:
    assert steps_of(pointer(steps)) == tuple(steps)


def test_what_is_taken_back_takes_empty_containers_along() -> None:
    said: Document = {"name": "B", "services": [{"id": "a", "quota": {"cpus": 1}}, {"id": "b", "region": "r"}]}
    assert dropped(said, ("services", "a", "quota", "cpus")) == {"name": "B", "services": [said["services"][1]]}
    assert dropped(said, ("services", "b")) == {"name": "B", "services": [said["services"][0]]}
    assert dropped(said, ("services",)) == {"name": "B"}
    assert dropped(said, ("services", "c", "quota")) == said


def test_a_patch_of_a_thing_names_what_it_is_in() -> None:
    patch = addressed(("services", "nova", "volume_types", "ssd"), {"quality": "fast"})
    assert patch == {"services": [{"id": "nova", "volume_types": [{"name": "ssd", "quality": "fast"}]}]}


def test_a_null_stays_said_and_a_removed_thing_can_come_back() -> None:
    assert overlaid({"country": "IT"}, {"country": None}) == {"country": None}
    hidden = overlaid({}, {"services": [{"id": "a", "removed": True}]})
    assert overlaid(hidden, {"services": [{"id": "a", "type": "x"}]}) == {"services": [{"id": "a", "type": "x"}]}


def test_differences_go_as_deep_as_both_sides_have_something() -> None:
    before: Document = {"services": [{"id": "a", "quota": {"cpus": 1}}, {"id": "b"}]}
    after: Document = {"services": [{"id": "a", "quota": {"cpus": 2}}, {"id": "c/d"}]}
    assert list(differences(before, after)) == [
        Difference("/services/a/quota/cpus", 1, 2),
        Difference("/services/b", {"id": "b"}, None),
        Difference("/services/c~1d", None, {"id": "c/d"}),
    ]
    assert gone(before, after) == {"/services/b": {"id": "b"}}
