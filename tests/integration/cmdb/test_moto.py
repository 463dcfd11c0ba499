"""Discovery of EC2 against moto as it runs."""

from collections.abc import Generator

import pytest
from pydantic import SecretStr

from embedded.machine import Missing
from embedded.parts import Parts
from embedded.places import Places, places
from services.cmdb.adapters.discovery import open_discoverers
from services.cmdb.adapters.discovery.client import Client
from services.cmdb.domain.discovered import Found, Target
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.runtime import clock
from tests.integration.cmdb.moto.cloud import moto

pytestmark = pytest.mark.timeout(600)  # the first run ever installs moto

KEYS = {"access_key": SecretStr("AKIDEXAMPLE"), "secret_key": SecretStr("secret")}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with Parts(Places(tmp_path_factory.mktemp("aws") / "var", places().cache), print) as parts:
        try:
            url = moto(parts)
        except Missing as missing:
            pytest.skip(str(missing))
        yield url


async def read(url: str, region: str, **settings: Json) -> Found:
    target = Target(SiteId("aws"), ServiceId("ec2"), "ec2", url, region, settings)
    return await open_discoverers(Client(clock.now))["ec2"].read(target, KEYS)


async def test_chosen_instance_types_and_images_are_read(aws: str) -> None:
    found = await read(aws, "us-east-1", instance_types=["g4dn.*", "t3.small"], owners=["099720109477"])
    flavours = {flavour["id"]: flavour for flavour in found.document["flavours"]}
    assert {name.partition(".")[0] for name in flavours} == {"g4dn", "t3"}
    gpu = flavours["g4dn.12xlarge"]
    assert (gpu["cpus"], gpu["gpus"], gpu["gpu_vendor"], gpu["gpu_model"]) == (48, 4, "NVIDIA", "T4")
    assert all("ubuntu" in image["name"] for image in found.document["images"])
    assert {network["kind"] for network in found.document["networks"]} == {"public"}
    assert not found.unread


async def test_all_instance_types_are_read_page_by_page(aws: str) -> None:
    found = await read(aws, "eu-west-1")
    assert len(found.document["flavours"]) > 500
    assert found.document["images"] == []
    assert not found.unread
