"""One reading of an account in a region."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, SecretStr

from services.cmdb.adapters.discovery.client import Client, Question, Session, place, understood
from services.cmdb.adapters.discovery.ec2.answers import Image, InstanceType, Page, Region, Subnet, Tag, from_xml
from services.cmdb.adapters.discovery.ec2.signature import Key, Scope, signed
from services.cmdb.adapters.discovery.setup import STRICT, set_up
from services.cmdb.domain.discovered import Found, Target
from shared.contracts.topology import Json
from shared.failures import Failure, NeedsPerson, Transient

VERSION = "2016-11-15"
MOST = 5000
IMAGE_WORDS = {
    "os_distro": "distribution",
    "os_version": "version",
    "os_admin_user": "user",
    "cuda_version": "cuda_version",
    "gpu_driver_version": "gpu_driver_version",
}
T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")
Things = list[dict[str, Json]]


class Settings(BaseModel):
    """What a site's file says beside `kind: ec2`; the region is the service's. `*` in an instance type is anything.

    Without `owners` and `images` the account's own images are read.
    """

    model_config = STRICT

    instance_types: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    ca_file: str | None = None


class Secrets(BaseModel):
    """What the operator keeps."""

    model_config = STRICT

    access_key: SecretStr
    secret_key: SecretStr
    session_token: SecretStr | None = None

    def key(self) -> Key:
        """To sign with."""
        session = self.session_token.get_secret_value() if self.session_token else None
        return Key(self.access_key.get_secret_value(), self.secret_key.get_secret_value(), session)


class Ec2:
    """See `ports.Discoverer`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def read(self, target: Target, credentials: Mapping[str, SecretStr]) -> Found:
        settings, secrets = set_up(target, credentials, Settings, Secrets)
        if not target.region:
            raise NeedsPerson(f"{target.name} must name its region.")
        async with self._client.open(settings.ca_file) as session:
            account = Account(self._client, session, target.endpoint, secrets.key(), Scope(target.region))
            await account.check_region()
            parts = await asyncio.gather(
                _tried(account.flavours(settings)), _tried(account.images(settings)), _tried(account.networks())
            )
        named = dict(zip(("flavours", "images", "networks"), parts, strict=True))
        return Found(
            {name: sorted(part, key=_id) for name, part in named.items() if not isinstance(part, Failure)},
            {name: str(part) for name, part in named.items() if isinstance(part, Failure)},
        )


class Account:
    """What an account sees in a region."""

    def __init__(self, client: Client, session: Session, url: str, key: Key, scope: Scope) -> None:
        self._client = client
        self._session = session
        self._url = url.rstrip("/") + "/"
        self._key = key
        self._scope = scope

    async def check_region(self) -> None:
        """Raises `NeedsPerson` if the account has no such region."""
        regions = [region.name for region in await self._all("DescribeRegions", {}, Page[Region])]
        if regions and self._scope.region not in regions:
            there = ", ".join(sorted(regions))
            raise NeedsPerson(f"There is no region {self._scope.region!r} at {place(self._url)}; there are: {there}.")

    async def flavours(self, settings: Settings) -> Things:
        """Instance types by name."""
        asked = {"Filter.1.Name": "instance-type"} if settings.instance_types else {}
        asked |= {f"Filter.1.Value.{number}": name for number, name in enumerate(settings.instance_types, 1)}
        found = await self._all("DescribeInstanceTypes", {"MaxResults": "100", **asked}, Page[InstanceType])
        return [_flavour(one) for one in found]

    async def images(self, settings: Settings) -> Things:
        """Images of the named owners and those named themselves."""
        found: list[Image] = []
        if settings.images:
            asked = {f"ImageId.{number}": name for number, name in enumerate(settings.images, 1)}
            found += await self._all("DescribeImages", asked, Page[Image])
        if owners := settings.owners or (() if settings.images else ("self",)):
            asked = {f"Owner.{number}": name for number, name in enumerate(owners, 1)}
            found += await self._all("DescribeImages", {"MaxResults": "500", **asked}, Page[Image])
        usable = {image.id: image for image in found if image.state == "available"}
        return [_image(image) for image in usable.values()]

    async def networks(self) -> Things:
        """Subnets; public are those whose machines get a public address."""
        found = await self._all("DescribeSubnets", {"MaxResults": "100"}, Page[Subnet])
        return [
            {
                "id": subnet.id,
                "name": _tags(subnet.tags).get("Name") or subnet.id,
                "kind": "public" if subnet.public else "private",
                "cidr": subnet.cidr,
            }
            for subnet in found
        ]

    async def _all(self, action: str, asked: Mapping[str, str], kind: type[Page[T]]) -> list[T]:
        found: list[T] = []
        onward: dict[str, str] = {}
        for _ in range(self._session.bounds.pages):
            page = await self._page(action, {**asked, **onward}, kind)
            found += page.things
            if len(found) > MOST:
                raise Transient(f"{action} at {place(self._url)} finds more than {MOST}.")
            if not page.onward or page.onward == onward.get("NextToken"):
                return found
            onward = {"NextToken": page.onward}
        raise Transient(f"{action} at {place(self._url)} has more than {self._session.bounds.pages} pages.")

    async def _page(self, action: str, asked: Mapping[str, str], kind: type[Page[T]]) -> Page[T]:
        content = urlencode({"Action": action, "Version": VERSION, **asked}).encode()
        headers = signed(self._key, self._scope, _host(self._url), content, self._client.now())
        question = Question(action, self._url, method="POST", headers=headers, content=content)
        return understood(question, from_xml(question, await self._session.ask(question), f"{action}Response"), kind)


async def _tried(reading: Awaitable[R]) -> R | Failure:
    try:
        return await reading
    except Failure as failure:
        return failure


def _host(url: str) -> str:
    try:
        return httpx.URL(url).netloc.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        raise NeedsPerson(f"{place(url)!r} is no http or https address.") from None


def _flavour(kind: InstanceType) -> dict[str, Json]:
    said: dict[str, Json] = {"id": kind.name, "name": kind.name, "cpus": kind.cpus.count}
    said |= {"memory": kind.memory.megabytes, "disk": kind.disks.gigabytes if kind.disks else 0}
    if gpus := kind.gpus.gpus:
        said["gpus"] = sum(gpu.count for gpu in gpus)
        said |= {"gpu_vendor": gpus[0].manufacturer} if gpus[0].manufacturer else {}
        said |= {"gpu_model": gpus[0].name} if gpus[0].name else {}
    return said


def _image(image: Image) -> dict[str, Json]:
    tags = _tags(image.tags)
    said: dict[str, Json] = {"id": image.id, "name": image.name or image.id}
    said |= {"architecture": image.architecture} if image.architecture else {}
    said["type"] = "windows" if image.platform == "windows" else "linux"
    said |= {field: tags[tag] for tag, field in IMAGE_WORDS.items() if tags.get(tag)}
    return {**said, "cuda_support": bool(tags.get("cuda_version")), "gpu_driver": bool(tags.get("gpu_driver_version"))}


def _tags(tags: Sequence[Tag]) -> dict[str, str]:
    return {tag.key: tag.value[:255] for tag in tags if tag.value}


def _id(thing: Mapping[str, Json]) -> str:
    return str(thing["id"])
