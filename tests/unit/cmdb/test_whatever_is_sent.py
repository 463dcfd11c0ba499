"""Whatever JSON somebody sends makes a site, or a list of faults; never a crash, never a loop."""

import contextlib

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.cmdb.domain.assembly import DISCOVERED, FILE, HAND, Misfit, assembled
from services.cmdb.domain.couch import ENTITIES, Described, documents, service_ids
from services.cmdb.domain.description import described
from services.cmdb.domain.differences import differences, gone
from services.cmdb.domain.editing import Editor, Forbidden, Revision, check
from services.cmdb.domain.merging import Layer
from services.cmdb.domain.overrides import dropped, nameless, overlaid
from services.cmdb.domain.record import ServiceRecord, SiteRecord
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Principal, SiteId
from tests.support.builders import NOON

FIELDS = [*SiteRecord.model_fields, *ServiceRecord.model_fields, "removed", "cpus", "x"]
WORDS = ["nova", "small", "active", "org.openstack.nova", "https://a.example.org", "IT", "", "1"]
GOOD: dict[str, Json] = {
    "name": "Bari",
    "owners": [{"issuer": "https://iam.example.org", "subject": "ada"}],
    "services": [
        {
            "id": "nova",
            "type": "org.openstack.nova",
            "endpoint": "https://nova.example.org",
            "flavours": [{"id": "small", "name": "small", "cpus": 1, "memory": 1}],
            "projects": [{"id": "p", "name": "p", "groups": ["g"]}],
        }
    ],
}

leaves = st.one_of(st.none(), st.booleans(), st.integers(-2, 5), st.floats(0, 2), st.sampled_from(WORDS))
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)),
    max_leaves=12,
)
patches = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=3)
services = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=3).map(
    lambda said: {"services": [{**said, "id": "nova"}]}
)


@settings(max_examples=150)
@given(st.one_of(patches, services), st.one_of(patches, services))
def test_a_patch_makes_a_site_or_faults(first: dict[str, Json], second: dict[str, Json]) -> None:
    said = overlaid(overlaid({}, first), second)
    list(nameless(said))
    with contextlib.suppress(Misfit, Forbidden):
        after = assembled([Layer(FILE, GOOD), Layer(HAND, said)])
        ada = Editor(Principal(issuer="https://iam.example.org", subject="ada"))
        check(ada, Revision({}, said, GOOD, after.document))
        list(differences(GOOD, after.document))
        gone(GOOD, after.document)
        site = described(SiteId("bari"), after.record, NOON)
        made = documents(Described(site, 1, {}), service_ids([site])["bari"])
        assert {document.entity for document in made} <= set(ENTITIES)
    for field in said:
        dropped(said, (field, "nova", "small"))


@settings(max_examples=100)
@example({"services": [{"id": "nova", "parent": "nova"}]})
@example({"services": [{"id": "nova", "parent": "nowhere"}]})
@given(st.one_of(patches, services))
def test_what_a_site_says_of_itself_never_takes_away_what_the_folder_says(nonsense: dict[str, Json]) -> None:
    whole = assembled([Layer(FILE, GOOD), Layer(DISCOVERED, nonsense)])
    assert whole.record.name == "Bari"
    assert any(service.id == "nova" for service in whole.record.services)
