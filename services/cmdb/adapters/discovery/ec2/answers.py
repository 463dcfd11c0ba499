"""The part of EC2's XML answers that is read."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field, model_validator

from services.cmdb.adapters.discovery.client import Answer, Question, place
from shared.contracts.topology import Json
from shared.failures import Transient

Name = Annotated[str, Field(max_length=255)]
Id = Annotated[str, Field(min_length=1, max_length=255)]
Count = Annotated[int, Field(ge=0)]
DEEPEST = 30
LISTS = ("instanceTypeSet", "imagesSet", "subnetSet", "regionInfo")
T = TypeVar("T", bound=BaseModel)


class Page(BaseModel, Generic[T]):
    """Some of the things there are, and by which token there are more."""

    things: tuple[T, ...] = ()
    onward: str | None = None

    @model_validator(mode="before")
    @classmethod
    def under_one_name(cls, answer: Json) -> Json:
        """Every action calls its list by what is in it. A list of nothing is an empty element."""
        if not isinstance(answer, dict):
            return answer
        things = next((answer[name] for name in LISTS if name in answer), ())
        return {"things": things, "onward": answer.get("nextToken")}


class Cpus(BaseModel):
    """How many CPUs."""

    count: Count = Field(alias="defaultVCpus")


class Memory(BaseModel):
    """How much memory."""

    megabytes: Count = Field(alias="sizeInMiB")


class Gpu(BaseModel):
    """GPUs of one sort."""

    name: Name | None = None
    manufacturer: Name | None = None
    count: Count = 1


class Gpus(BaseModel):
    """GPUs of all sorts."""

    gpus: tuple[Gpu, ...] = ()


class Disks(BaseModel):
    """Disks that come with the machine."""

    gigabytes: Count = Field(default=0, alias="totalSizeInGB")


class InstanceType(BaseModel):
    """A size of machine; its name is its id."""

    name: Id = Field(alias="instanceType")
    cpus: Cpus = Field(alias="vCpuInfo")
    memory: Memory = Field(alias="memoryInfo")
    gpus: Gpus = Field(default=Gpus(), alias="gpuInfo")
    disks: Disks | None = Field(default=None, alias="instanceStorageInfo")


class Tag(BaseModel):
    """A tag."""

    key: str
    value: str | None = None


class Image(BaseModel):
    """An image; what is in it is said by tags in Glance's words, since EC2 has none for it."""

    id: Id = Field(alias="imageId")
    name: Name | None = None
    architecture: Name | None = None
    platform: Name | None = None
    state: str = Field(default="available", alias="imageState")
    tags: tuple[Tag, ...] = Field(default=(), alias="tagSet")


class Subnet(BaseModel):
    """A range of addresses in which machines can be."""

    id: Id = Field(alias="subnetId")
    cidr: Annotated[str, Field(max_length=64)] = Field(alias="cidrBlock")
    public: bool = Field(default=False, alias="mapPublicIpOnLaunch")
    tags: tuple[Tag, ...] = Field(default=(), alias="tagSet")


class Region(BaseModel):
    """A region."""

    name: Id = Field(alias="regionName")


def from_xml(question: Question, answer: Answer, root: str) -> Json:
    """The answer as JSON: an element with `item`s is a list, one with other elements an object, any other its text.

    Raises `Transient` when it is no XML with that root, brings its own entities, or is nested too deep.
    """
    if any(sign in answer.content for sign in (b"<!DOCTYPE", b"<!ENTITY", b"\x00")):
        raise _unreadable(question)
    try:
        found = ET.fromstring(answer.content)  # noqa: S314 - without a document type there is nothing to expand
    except (ET.ParseError, ValueError, LookupError):
        raise _unreadable(question) from None
    if _name(found) != root:
        raise _unreadable(question)
    return _value(question, found, DEEPEST) or {}


def _value(question: Question, element: ET.Element, depth: int) -> Json:
    if depth == 0:
        raise _unreadable(question)
    children = list(element)
    if not children:
        return (element.text or "").strip() or None
    if all(_name(child) == "item" for child in children):
        return [_value(question, child, depth - 1) for child in children]
    return dict(_members(question, children, depth))


def _members(question: Question, children: list[ET.Element], depth: int) -> Iterator[tuple[str, Json]]:
    for child in children:
        if (value := _value(question, child, depth - 1)) is not None:
            yield _name(child), value


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _unreadable(question: Question) -> Transient:
    return Transient(f"{question.what}: {place(question.url)} answers with something that is no XML of EC2.")
