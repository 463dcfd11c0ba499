"""Data that nodes read or write somewhere of its own: Onedata, Dynafed, Rucio, object stores, plain addresses."""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from services.gateway.domain.tosca.model import Draft, NodeDraft
from shared.contracts.topology import DataNeeds, DataService, Json

Values = Mapping[str, Json]
SCHEMES: Mapping[str, DataService] = {
    "rucio": DataService.RUCIO,
    "s3": DataService.OBJECT_STORE,
    "swift": DataService.OBJECT_STORE,
    "gs": DataService.OBJECT_STORE,
    "onedata": DataService.ONEDATA,
}


def data_of(draft: Draft, properties: Mapping[str, Values]) -> tuple[DataNeeds, ...]:
    """The data needs of all nodes; `properties` are those of each node, worked out.

    A space that several providers are named for is a need of each of them; what only the running system knows is left
    out.
    """
    found: list[DataNeeds] = []
    readers: dict[int, tuple[Callable[[str, Values], Iterator[DataNeeds]], ...]] = {}
    for node in draft.nodes.values():
        key = id(node.type)
        if key not in readers:
            readers[key] = _readers(node)
        for reader in readers[key]:
            found.extend(reader(node.name, properties[node.name]))
    return tuple(found)


def _readers(node: NodeDraft) -> tuple[Callable[[str, Values], Iterator[DataNeeds]], ...]:
    return tuple(reader for name, reader in READERS.items() if node.type.is_a(name))


def _space(node: str, values: Values) -> Iterator[DataNeeds]:
    yield from _onedata(node, _texts(values.get("oneproviders")), _texts(values.get("space")))


def _service_space(node: str, _values: Values) -> Iterator[DataNeeds]:
    yield DataNeeds(node=node, service=DataService.ONEDATA, writes=True)


def _mounted_space(node: str, values: Values) -> Iterator[DataNeeds]:
    yield from _onedata(node, _texts(values.get("oneprovider_host")), _texts(values.get("dataspace")), writes=True)


def _onedata(node: str, providers: list[str], names: list[str], *, writes: bool = False) -> Iterator[DataNeeds]:
    for provider in (*providers,) or (None,):
        yield DataNeeds(node=node, service=DataService.ONEDATA, at=provider, names=tuple(names), writes=writes)


def _federated(node: str, values: Values) -> Iterator[DataNeeds]:
    at: dict[str | None, list[str]] = {}
    for file in _texts(values.get("files")):
        at.setdefault(_endpoint(file), []).append(file)
    for endpoint, files in at.items():
        yield DataNeeds(node=node, service=DataService.DYNAFED, at=endpoint, names=tuple(files))


def _bucket(node: str, values: Values) -> Iterator[DataNeeds]:
    at = next(iter(_texts(values.get("s3_url"))), None)
    names = tuple(_texts(values.get("bucket_name") or values.get("name")))
    yield DataNeeds(node=node, service=DataService.OBJECT_STORE, at=at, names=names, writes=True)


def _fetched(node: str, values: Values) -> Iterator[DataNeeds]:
    yield from _addresses(node, _texts(values.get("uris")), writes=False)


def _sandboxes(node: str, values: Values) -> Iterator[DataNeeds]:
    yield from _addresses(node, _texts(values.get("inputsandbox")), writes=False)
    yield from _addresses(node, _texts(values.get("outputsandbox")), writes=True)


def _addresses(node: str, addresses: list[str], *, writes: bool) -> Iterator[DataNeeds]:
    """Needs by who serves the addresses; a file that comes with the template is none."""
    at: dict[tuple[DataService, str | None], list[str]] = {}
    for address in addresses:
        scheme, _, rest = address.partition("://")
        if not rest or scheme == "file":
            continue
        service = SCHEMES.get(scheme.lower(), DataService.URL)
        endpoint = _endpoint(address) if service is DataService.URL else None
        name = rest.replace("/", ":", 1) if service is DataService.RUCIO else address
        at.setdefault((service, endpoint), []).append(name)
    for (service, endpoint), names in at.items():
        yield DataNeeds(node=node, service=service, at=endpoint, names=tuple(names), writes=writes)


def _endpoint(address: str) -> str | None:
    """Scheme and host, without the name and password that may stand before it."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    return f"{parts.scheme}://{host}{port}" if host else None


def _texts(value: Json) -> list[str]:
    """The known texts in a value, which is one or a list of them."""
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text]


READERS: Mapping[str, Callable[[str, Values], Iterator[DataNeeds]]] = {
    "tosca.nodes.indigo.OnedataSpace": _space,
    "tosca.nodes.indigo.OnedataServiceSpace": _service_space,
    "tosca.nodes.indigo.OneDataStorage": _mounted_space,
    "tosca.nodes.indigo.Dynafed": _federated,
    "tosca.nodes.indigo.S3Bucket": _bucket,
    "tosca.nodes.ObjectStorage": _bucket,
    "tosca.nodes.Storage.ObjectStorage": _bucket,
    "tosca.nodes.Container.Application": _fetched,
    "tosca.nodes.indigo.Grid.Job": _sandboxes,
}
