"""Reading EC2: as moto answered (see `recorded/`), as others may, and signed as AWS wants it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from services.cmdb.adapters.discovery.client import Bounds, Client
from services.cmdb.adapters.discovery.ec2 import open_discoverer
from services.cmdb.adapters.discovery.ec2.signature import Key, Scope, signed
from services.cmdb.domain.discovered import Found, Target
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.failures import NeedsPerson, Transient
from tests.support.builders import NOON
from tests.unit.cmdb.recordings import Replay

KEYS = {"access_key": "AK", "secret_key": "hunter2"}


async def read(
    transport: httpx.AsyncBaseTransport,
    credentials: Mapping[str, str] = KEYS,
    *,
    region: str | None = "us-east-1",
    **settings: Json,
) -> Found:
    target = Target(SiteId("aws"), ServiceId("ec2"), "ec2", "http://127.0.0.1:25555", region, settings)
    client = Client(lambda: NOON, Bounds(pages=4), transport=transport)
    return await open_discoverer(client).read(target, {name: SecretStr(value) for name, value in credentials.items()})


@pytest.mark.parametrize(
    ("session", "names", "signature"),
    [
        (None, "content-type;host;x-amz-date", "c9fb9f3023d19ccbdf1c53f08df81b256df8656f4206b71564e64862710f858e"),
        (
            "session/token==",
            "content-type;host;x-amz-date;x-amz-security-token",
            "66252c5172ba58129b9dfa21b0d6bc4b1d496ffe1d6dbdd831be54739b5442e0",
        ),
    ],
)
def test_a_request_is_signed_as_botocore_1_43_11_signs_it(session: str | None, names: str, signature: str) -> None:
    key = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", session)
    content = b"Action=DescribeRegions&Version=2016-11-15"
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    headers = signed(key, Scope("eu-south-1"), "ec2.eu-south-1.amazonaws.com", content, at)
    scope = "20261125/eu-south-1/ec2/aws4_request"
    assert headers["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
    )


async def test_what_moto_offers_is_read() -> None:
    types, owners = ["g4dn.*", "t3.small", "m5d.large"], ["self", "099720109477"]
    found = await read(Replay("ec2"), instance_types=types, owners=owners)
    flavours = {flavour["id"]: flavour for flavour in found.document["flavours"]}
    assert flavours["g4dn.12xlarge"] == {
        "id": "g4dn.12xlarge", "name": "g4dn.12xlarge", "cpus": 48, "memory": 196608, "disk": 900,
        "gpus": 4, "gpu_vendor": "NVIDIA", "gpu_model": "T4",
    }  # fmt: skip
    assert flavours["t3.small"] == {"id": "t3.small", "name": "t3.small", "cpus": 2, "memory": 2048, "disk": 0}
    assert [image["architecture"] for image in found.document["images"]] == ["x86_64", "x86_64"]
    assert {network["cidr"] for network in found.document["networks"]} >= {"172.31.0.0/20", "172.31.16.0/20"}
    assert not found.unread


class Cloud(httpx.AsyncBaseTransport):
    """Answers with what is given for an action, else with an empty list of it."""

    def __init__(self, answers: Mapping[str, bytes | int | Callable[[dict[str, list[str]]], bytes]]) -> None:
        self.answers = answers
        self.forms: list[dict[str, list[str]]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        self.forms.append(form)
        action = form["Action"][0]
        said = self.answers.get(action, answer(action, ""))
        content = said(form) if callable(said) else said
        if isinstance(content, int):
            return httpx.Response(content, stream=httpx.ByteStream(b""))
        return httpx.Response(200, stream=httpx.ByteStream(content))


def answer(action: str, inside: str) -> bytes:
    space = "http://ec2.amazonaws.com/doc/2016-11-15/"
    return f'<?xml version="1.0"?><{action}Response xmlns="{space}">{inside}</{action}Response>'.encode()


async def test_an_account_with_nothing_has_nothing() -> None:
    found = await read(Cloud({}))
    assert found == Found({"flavours": [], "images": [], "networks": []})


async def test_what_is_in_an_image_is_said_by_its_tags() -> None:
    tags = "".join(
        f"<item><key>{key}</key><value>{value}</value></item>"
        for key, value in {"os_distro": "rocky", "os_version": "9", "cuda_version": "12.4", "colour": "blue"}.items()
    )
    image = f"<imageId>ami-1</imageId><imageState>available</imageState><tagSet>{tags}</tagSet>"
    pending = "<imageId>ami-2</imageId><imageState>pending</imageState>"
    images = answer("DescribeImages", f"<imagesSet><item>{image}</item><item>{pending}</item></imagesSet>")
    cloud = Cloud({"DescribeImages": images})
    assert (await read(cloud, images=["ami-1"])).document["images"] == [
        {
            "id": "ami-1", "name": "ami-1", "type": "linux", "distribution": "rocky", "version": "9",
            "cuda_version": "12.4", "cuda_support": True, "gpu_driver": False,
        }
    ]  # fmt: skip
    (asked,) = (form for form in cloud.forms if form["Action"] == ["DescribeImages"])
    assert asked["ImageId.1"] == ["ami-1"]
    assert "Owner.1" not in asked


async def test_all_pages_are_read() -> None:
    def subnets(form: dict[str, list[str]]) -> bytes:
        number = int(form.get("NextToken", ["0"])[0]) + 1
        onward = f"<nextToken>{number}</nextToken>" if number < 3 else ""
        item = f"<item><subnetId>s{number}</subnetId><cidrBlock>10.{number}.0.0/16</cidrBlock></item>"
        return answer("DescribeSubnets", f"<subnetSet>{item}</subnetSet>{onward}")

    found = await read(Cloud({"DescribeSubnets": subnets}))
    assert [network["id"] for network in found.document["networks"]] == ["s1", "s2", "s3"]


async def test_pages_without_end_are_not_followed_for_ever() -> None:
    numbers = iter(range(100))
    cloud = Cloud({"DescribeSubnets": lambda _: answer("DescribeSubnets", f"<nextToken>{next(numbers)}</nextToken>")})
    assert (await read(cloud)).unread["networks"].endswith("has more than 4 pages.")


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        b"<DescribeImagesResponse>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><DescribeImagesResponse>&a;</DescribeImagesResponse>',
        '<?xml version="1.0" encoding="utf-16"?><DescribeImagesResponse/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="klingon"?><DescribeImagesResponse/>',
        answer("DescribeImages", "<imagesSet>" + "<item><a>" * 50_000 + "</a></item>" * 50_000 + "</imagesSet>"),
        answer("DescribeImages", "<imagesSet><item><name>no id</name></item></imagesSet>"),
        answer("DescribeImages", "<imagesSet>much</imagesSet>"),
        500,
        403,
    ],
)
async def test_one_list_in_trouble_does_not_hide_the_others(garbage: bytes | int) -> None:
    found = await read(Cloud({"DescribeImages": garbage}))
    assert found.unread["images"].startswith("DescribeImages")
    assert sorted(found.document) == ["flavours", "networks"]


async def test_a_region_that_is_not_there_is_said() -> None:
    regions = answer("DescribeRegions", "<regionInfo><item><regionName>r1</regionName></item></regionInfo>")
    with pytest.raises(NeedsPerson, match=r"no region 'us-east-1'.*there are: r1"):
        await read(Cloud({"DescribeRegions": regions}))
    with pytest.raises(NeedsPerson, match="must name its region"):
        await read(Cloud({}), region=None)


async def test_a_refused_key_is_a_sentence_without_it() -> None:
    with pytest.raises(NeedsPerson, match="credentials") as caught:
        await read(Cloud({"DescribeRegions": 401}))
    assert "hunter2" not in str(caught.value)
    with pytest.raises(Transient):
        await read(Cloud({"DescribeRegions": 503}))


@pytest.mark.parametrize("credentials", [{}, {"access_key": "AK"}, {**KEYS, "colour": "blue"}])
async def test_what_is_kept_wrong_is_said(credentials: dict[str, str]) -> None:
    with pytest.raises(NeedsPerson, match="not set up well"):
        await read(Cloud({}), credentials)
