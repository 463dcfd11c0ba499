"""What several layers say of one site becomes one document, and every value knows where it is from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cmdb.domain.merging import NAMED_BY, Layer, Merged, merged
from shared.contracts.topology import Json

SCALARS = st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "a", "b"])
NAMES = st.sampled_from(["m1", "m2", "a/b", "t~0"])
FIELDS = st.sampled_from(["name", "cpus", "images", "flavours", "volume_types", "settings", "a/b"])


def entries(fields: st.SearchStrategy[dict[str, Json]]) -> st.SearchStrategy[list[Json]]:
    named = st.builds(lambda name, said, by: {**said, by: name}, NAMES, fields, st.sampled_from(["id", "name"]))
    hidden = st.builds(lambda name: {"id": name, "removed": True}, NAMES)
    return st.lists(named | hidden, max_size=3)


VALUES = st.recursive(
    SCALARS | st.lists(st.sampled_from(["x", "y"]), max_size=2),
    lambda deeper: st.dictionaries(FIELDS, deeper, max_size=3) | entries(st.dictionaries(FIELDS, deeper, max_size=2)),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(FIELDS | st.just("services"), VALUES, max_size=4)
LAYERS = st.lists(DOCUMENTS, max_size=4).map(
    lambda documents: [Layer(f"layer {number}", document) for number, document in enumerate(documents)]
)


def laid(*documents: dict[str, Json]) -> Merged:
    return merged([Layer(name, document) for name, document in zip("abcdef", documents, strict=False)])


def test_the_strongest_layer_that_says_anything_wins_field_by_field() -> None:
    found = laid({"name": "One", "country": "IT"}, {"country": "ES", "latitude": 1.5})
    assert found.document == {"name": "One", "country": "ES", "latitude": 1.5}
    assert found.provenance == {"/name": "a", "/country": "b", "/latitude": "b"}


@pytest.mark.parametrize(("name", "by"), sorted(NAMED_BY.items()))
def test_entries_are_matched_by_their_names_wherever_they_stand(name: str, by: str) -> None:
    weak: list[Json] = [{by: "x", "size": 1, "kind": "k"}, {by: "y", "size": 2}]
    found = laid({name: weak}, {name: [{by: "y", "size": 9}, {by: "z"}, {by: "x", "size": 8}]})
    assert found.document == {name: [{by: "x", "size": 8, "kind": "k"}, {by: "y", "size": 9}, {by: "z"}]}
    assert found.provenance[f"/{name}/x/kind"] == "a"
    assert found.provenance[f"/{name}/x/size"] == "b"


def test_one_field_of_one_flavour_of_one_service_can_be_said_by_hand() -> None:
    found = laid(
        {"services": [{"id": "nova", "type": "t", "flavours": [{"id": "m1", "name": "small", "cpus": 1}]}]},
        {"services": [{"id": "nova", "flavours": [{"id": "m1", "cpus": 4}]}]},
    )
    assert found.document["services"][0]["flavours"] == [{"id": "m1", "name": "small", "cpus": 4}]
    assert found.provenance["/services/nova/flavours/m1/cpus"] == "b"
    assert found.provenance["/services/nova/flavours/m1/name"] == "a"


def test_null_takes_a_field_away_and_a_stronger_layer_may_say_it_again() -> None:
    assert laid({"country": "IT", "name": "n"}, {"country": None}).document == {"name": "n"}
    assert laid({"country": "IT"}, {"country": None}, {"country": "ES"}).document == {"country": "ES"}
    assert laid({"country": None}).document == {}


def test_a_removed_entry_is_hidden_and_what_a_stronger_layer_says_of_it_starts_anew() -> None:
    weak: Json = [{"id": "x", "name": "n", "cpus": 1}, {"id": "y"}]
    hide: Json = [{"id": "x", "removed": True}]
    assert laid({"flavours": weak}, {"flavours": hide}).document == {"flavours": [{"id": "y"}]}
    again = laid({"flavours": weak}, {"flavours": hide}, {"flavours": [{"id": "x", "cpus": 2, "removed": False}]})
    assert again.document == {"flavours": [{"id": "y"}, {"id": "x", "cpus": 2}]}


def test_hiding_what_is_not_there_hides_nothing_and_leaves_no_trace() -> None:
    assert laid({"images": [{"id": "x", "removed": True}]}).document == {"images": []}


def test_lists_of_plain_values_are_one_value() -> None:
    found = laid({"issuers": ["a", "b"], "projects": [{"id": "p", "images": ["i", "j"]}]}, {"issuers": ["c"]})
    assert found.document["issuers"] == ["c"]
    assert laid(found.document, {"projects": [{"id": "p", "images": ["k"]}]}).document["projects"][0]["images"] == ["k"]
    assert laid(found.document, {"projects": [{"id": "p", "images": []}]}).document["projects"][0]["images"] == []


def test_an_empty_list_adds_nothing_to_named_entries() -> None:
    assert laid({"images": [{"id": "x"}]}, {"images": []}).document == {"images": [{"id": "x"}]}


def test_a_value_of_another_shape_replaces_the_weaker_one() -> None:
    assert laid({"settings": "x"}, {"settings": {"a": "b"}}).document == {"settings": {"a": "b"}}
    assert laid({"settings": {"a": "b"}}, {"settings": "x"}).document == {"settings": "x"}
    assert laid({"images": [{"id": "x"}]}, {"images": ["x"]}).document == {"images": ["x"]}


def test_names_with_slashes_are_escaped_in_the_pointer() -> None:
    found = laid({"networks": [{"id": "a/b~c", "cidr": "10.0.0.0/8"}]})
    assert found.provenance == {"/networks/a~1b~0c/id": "a", "/networks/a~1b~0c/cidr": "a"}


@given(LAYERS)
def test_laying_the_result_over_itself_changes_nothing(layers: list[Layer]) -> None:
    once = merged(layers).document
    assert merged([Layer("x", once)]).document == once
    assert merged([Layer("x", once), Layer("y", once)]).document == once


@given(LAYERS, LAYERS)
def test_the_layers_below_can_be_merged_beforehand(below: list[Layer], above: list[Layer]) -> None:
    beforehand = Layer("below", merged(below).document)
    assert merged([beforehand, *above]).document == merged([*below, *above]).document


@given(LAYERS, DOCUMENTS)
def test_plain_values_of_the_strongest_layer_are_in_the_result(layers: list[Layer], strongest: dict[str, Json]) -> None:
    found = merged([*layers, Layer("strongest", strongest)])
    for name, value in strongest.items():
        if value is None:
            assert name not in found.document
        elif isinstance(value, (str, int)):
            assert found.document[name] == value
            assert found.provenance[f"/{name.replace('/', '~1')}"] == "strongest"


@given(LAYERS)
def test_nothing_is_invented(layers: list[Layer]) -> None:
    said = {repr(leaf) for layer in layers for leaf in leaves(layer.document)}
    assert {repr(leaf) for leaf in leaves(merged(layers).document)} <= said | {"[]", "{}"}


@given(LAYERS)
def test_every_value_has_an_origin_and_every_origin_a_value(layers: list[Layer]) -> None:
    found = merged(layers)
    assert set(found.provenance) == set(pointers("", found.document))
    assert set(found.provenance.values()) <= {layer.name for layer in layers}


@given(LAYERS)
def test_the_layers_are_left_as_they_are(layers: list[Layer]) -> None:
    before = repr(layers)
    merged(layers)
    assert repr(layers) == before


def leaves(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return [leaf for under in value.values() for leaf in leaves(under)]
    if isinstance(value, list):
        return [value, *(leaf for under in value for leaf in leaves(under))] if plain(value) else entry_leaves(value)
    return [value]


def entry_leaves(value: list[Json]) -> list[Json]:
    return [leaf for under in value for leaf in leaves(under)]


def plain(value: list[Json]) -> bool:
    return not any(isinstance(entry, dict) for entry in value)


def pointers(path: str, value: Json, name: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        return [
            found
            for key, under in value.items()
            for found in pointers(f"{path}/{key.replace('~', '~0').replace('/', '~1')}", under, key)
        ]
    by = NAMED_BY.get(name, "")
    if isinstance(value, list) and value and all(isinstance(entry, dict) and is_name(entry.get(by)) for entry in value):
        return [f for e in value for f in pointers(f"{path}/{e[by].replace('~', '~0').replace('/', '~1')}", e)]
    return [path] if path else []


def is_name(value: Json) -> bool:
    return isinstance(value, str) and value != ""
