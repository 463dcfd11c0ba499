"""Discovery on a real PostgreSQL: sites that answer, sites that do not, and what is told of both."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest
from pydantic import SecretStr

from services.cmdb.app.discovery import Reach
from services.cmdb.app.inventory import Inventory
from services.cmdb.domain.assembly import FILE, HAND
from services.cmdb.domain.discovered import Found, Target
from services.cmdb.main import MIGRATIONS
from services.cmdb.ports import Said
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.failures import NeedsPerson, Transient
from shared.messaging.transaction import Work
from tests.component.cmdb.discovering import LARGE, MINUTE, SMALL, Clouds, Cmdb, nova
from tests.support.builders import NOON
from tests.support.postgres import Migrated


@pytest.fixture
async def cmdb(fresh: Migrated) -> Cmdb:
    cmdb = Cmdb(await fresh(MIGRATIONS))
    cmdb.clouds.answers = {"cnaf/nova": Found({"flavours": [SMALL]})}
    await cmdb.say(FILE, "cnaf", nova())
    return cmdb


async def test_what_a_site_offers_is_read_and_told(cmdb: Cmdb) -> None:
    assert await cmdb.round() == 1
    assert [flavour.name for flavour in (await cmdb.service()).flavours] == ["small"]
    assert (await cmdb.told())[-1].name == "CNAF"


async def test_the_credentials_kept_for_a_service_are_shown_to_it_alone(cmdb: Cmdb) -> None:
    cmdb.clouds.answers["bari/nova"] = Found({})
    await cmdb.say(FILE, "bari", nova())
    await cmdb.round()
    assert cmdb.clouds.shown["cnaf/nova"]["password"].get_secret_value() == "hunter2"
    assert cmdb.clouds.shown["bari/nova"] == {}


async def test_a_service_is_read_again_after_its_interval_and_told_only_when_it_changed(cmdb: Cmdb) -> None:
    await cmdb.round()
    told = len(await cmdb.told())
    assert await cmdb.round() == 0
    cmdb.now += 5 * MINUTE
    assert await cmdb.round() == 1
    assert len(await cmdb.told()) == told
    cmdb.clouds.answers["cnaf/nova"] = Found({"flavours": [SMALL, LARGE]})
    cmdb.now += 5 * MINUTE
    await cmdb.round()
    assert len(await cmdb.told()) == told + 1
    assert len((await cmdb.service()).flavours) == 2


async def test_a_site_that_cannot_be_read_keeps_what_it_had_and_says_since_when(cmdb: Cmdb) -> None:
    await cmdb.round()
    cmdb.clouds.answers["cnaf/nova"] = Transient("The site does not answer.")
    cmdb.now += 5 * MINUTE
    failed_at = cmdb.now
    for _ in range(8):
        await cmdb.round()
        cmdb.now += 60 * MINUTE
    service = await cmdb.service()
    assert [flavour.name for flavour in service.flavours] == ["small"]
    assert service.unreachable_since == failed_at
    (known,) = await cmdb.known()
    assert (known.failures, known.sentence, known.read_at) == (8, "The site does not answer.", NOON)


async def test_recovery_is_told_once_and_clears_the_trouble(cmdb: Cmdb) -> None:
    cmdb.clouds.answers["cnaf/nova"] = NeedsPerson("The password is wrong.")
    await cmdb.round()
    assert (await cmdb.service()).unreachable_since == NOON
    cmdb.clouds.answers["cnaf/nova"] = Found({"flavours": [SMALL]})
    cmdb.now += MINUTE
    told = len(await cmdb.told())
    await cmdb.round()
    service = await cmdb.service()
    assert service.unreachable_since is None
    assert len(service.flavours) == 1
    assert len(await cmdb.told()) == told + 1


async def test_a_site_that_does_not_answer_is_asked_ever_more_seldom(cmdb: Cmdb) -> None:
    cmdb.clouds.answers["cnaf/nova"] = Transient("No.")
    asked = []
    for minute in range(40):
        cmdb.now = NOON + minute * MINUTE
        if await cmdb.round():
            asked.append(minute)
    assert asked == [0, 1, 3, 7, 15, 31]


async def test_a_site_that_asks_for_peace_has_it(cmdb: Cmdb) -> None:
    cmdb.clouds.answers["cnaf/nova"] = Transient("Busy.", 30 * MINUTE)
    await cmdb.round()
    cmdb.now += 29 * MINUTE
    assert await cmdb.round() == 0
    cmdb.now += MINUTE
    assert await cmdb.round() == 1


async def test_a_part_that_cannot_be_read_stays_as_it_was_and_the_rest_is_new(cmdb: Cmdb) -> None:
    image: Json = {"id": "i", "name": "debian"}
    cmdb.clouds.answers["cnaf/nova"] = Found({"flavours": [SMALL], "images": [image]})
    await cmdb.round()
    cmdb.clouds.answers["cnaf/nova"] = Found({"flavours": [LARGE]}, {"images": "Glance hangs."})
    cmdb.now += 5 * MINUTE
    await cmdb.round()
    service = await cmdb.service()
    assert [flavour.name for flavour in service.flavours] == ["large"]
    assert [one.name for one in service.images] == ["debian"]
    assert service.unreachable_since == cmdb.now


async def test_one_site_in_trouble_does_not_disturb_the_others(cmdb: Cmdb) -> None:
    await cmdb.say(FILE, "bari", nova())
    cmdb.clouds.answers["bari/nova"] = Transient("No.")
    assert await cmdb.round() == 2
    told = {site.site: site.services[0] for site in await cmdb.told()}
    assert (told[SiteId("cnaf")].unreachable_since, len(told[SiteId("cnaf")].flavours)) == (None, 1)
    assert told[SiteId("bari")].unreachable_since == NOON


async def test_a_site_that_hangs_is_left_and_is_unreachable(cmdb: Cmdb) -> None:
    cmdb.clouds.hang = True
    await cmdb.round(Reach(patience=timedelta(milliseconds=20)))
    assert (await cmdb.service()).unreachable_since == NOON
    (known,) = await cmdb.known()
    assert known.sentence == "The site could not be read within 0.02 s."


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"flavours": [{**SMALL, "name": "x" * 2_000_000}]}, "offers too much"),
        ({"flavours": [{**SMALL, "name": "a\0b"}]}, "NUL"),
        ({"flavours": [{**SMALL, "name": "\ud800"}]}, "half a letter"),
    ],
)
async def test_what_no_store_can_keep_is_refused(cmdb: Cmdb, document: Json, sentence: str) -> None:
    cmdb.clouds.answers["cnaf/nova"] = Found(document)
    await cmdb.round()
    (known,) = await cmdb.known()
    assert sentence in known.sentence
    assert (await cmdb.service()).unreachable_since == NOON


async def test_a_sentence_with_anything_in_it_can_be_kept(cmdb: Cmdb) -> None:
    cmdb.clouds.answers["cnaf/nova"] = NeedsPerson("name one of: \0, \ud800, \n" + "r" * 5000)
    await cmdb.round()
    (known,) = await cmdb.known()
    assert known.sentence.startswith("name one of: ?, ?, ?rrr")
    assert len(known.sentence) == 1000


async def test_what_people_say_goes_before_what_was_read(cmdb: Cmdb) -> None:
    await cmdb.round()
    await cmdb.say(
        FILE, "cnaf", nova(flavours=[{"id": "f1", "gpus": 2}, {"id": "mine", "name": "m", "cpus": 1, "memory": 1}])
    )
    flavours = {flavour.id: flavour for flavour in (await cmdb.service()).flavours}
    assert (flavours["f1"].name, flavours["f1"].gpus) == ("small", 2)
    assert "mine" in flavours


async def test_a_kind_that_is_not_there_is_said(cmdb: Cmdb) -> None:
    await cmdb.say(FILE, "cnaf", nova(discovery={"kind": "heaven"}))
    await cmdb.round()
    (known,) = await cmdb.known()
    assert known.sentence == "cnaf/nova names the discovery 'heaven'; allowed: cloud."


async def test_a_service_that_is_described_differently_is_read_at_once_and_keeps_what_it_had(cmdb: Cmdb) -> None:
    await cmdb.round()
    cmdb.clouds.answers["cnaf/nova"] = Transient("No.")
    await cmdb.say(FILE, "cnaf", nova(endpoint="https://new.example"))
    assert await cmdb.round() == 1
    assert len((await cmdb.service()).flavours) == 1


async def test_a_reading_that_is_overtaken_by_a_new_description_is_not_kept(cmdb: Cmdb) -> None:
    discovery = cmdb.discovery()
    await discovery.watch()

    async def meanwhile() -> None:
        await cmdb.say(FILE, "cnaf", nova(endpoint="https://new.example"))
        await cmdb.discovery().watch()

    turned = asyncio.Event()

    class Turning(Clouds):
        async def read(self, target: Target, credentials: Mapping[str, SecretStr]) -> Found:
            await meanwhile()
            turned.set()
            return Found({"flavours": [LARGE]})

    cmdb.clouds = Turning()
    await cmdb.discovery().look()
    assert turned.is_set()
    (known,) = await cmdb.known()
    assert (known.document, known.target.endpoint) == ({}, "https://new.example")


async def test_a_service_that_is_discovered_no_more_is_what_people_say_of_it(cmdb: Cmdb) -> None:
    await cmdb.round()
    await cmdb.say(FILE, "cnaf", nova(discovery=None))
    assert await cmdb.round() == 0
    assert (await cmdb.service()).flavours == ()
    assert await cmdb.known() == []


async def test_a_site_that_is_withdrawn_is_read_no_more(cmdb: Cmdb) -> None:
    await cmdb.round()
    await cmdb.say(FILE, "cnaf")
    cmdb.now += 60 * MINUTE
    assert await cmdb.round() == 0
    assert await cmdb.known() == []


async def test_a_hand_override_survives_a_site_that_changes_under_it(cmdb: Cmdb) -> None:
    await cmdb.round()
    async with cmdb.database.transaction() as connection:
        work = Work(connection, "test", cmdb.now)
        await cmdb.sites.hold(connection)
        hand = Said({"services": [{"id": "nova", "flavours": [{"id": "f1", "gpus": 4}]}]}, founds=False)
        await Inventory(cmdb.sites).lay(work, HAND, {SiteId("cnaf"): hand}, "alice")
        await work.flush()
    cmdb.clouds.answers["cnaf/nova"] = Found({"flavours": [LARGE]})
    cmdb.now += 5 * MINUTE
    await cmdb.round()
    assert [flavour.id for flavour in (await cmdb.service()).flavours] == ["f2"]
    cmdb.clouds.answers["cnaf/nova"] = Found({"flavours": [SMALL, LARGE]})
    cmdb.now += 5 * MINUTE
    await cmdb.round()
    assert {flavour.id: flavour.gpus for flavour in (await cmdb.service()).flavours} == {"f1": 4, "f2": 0}
