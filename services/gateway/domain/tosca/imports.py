"""The imports of a template, looked up in the operator's map. Nothing is fetched because a template says so."""

from collections.abc import Mapping

from services.gateway.domain.tosca.catalogues import Catalogue, Catalogues, import_name
from services.gateway.domain.tosca.definitions import entries, listed
from services.gateway.domain.tosca.problems import Report
from shared.contracts.topology import Json, Path

Imported = tuple[tuple[str | None, Catalogue], ...]


def imported(root: Mapping[str, Json], catalogues: Catalogues, report: Report) -> Imported:
    """The catalogues a template imports, with their prefixes. An import that is not in the map is reported."""
    found = []
    repositories = entries(root.get("repositories"), ("repositories",), report)
    raw = root.get("imports")
    for index, item in enumerate([raw] if isinstance(raw, str) else listed(raw, ("imports",), report)):
        path: Path = ("imports", index)
        name, prefix = import_name(item)
        if name is None:
            report.refuse("shape", path, "an import is an address, or a map with `file`", item)
            continue
        mapped = ((url, catalogues.find(url)) for url in _addresses(name, item, repositories))
        address, catalogue = next(((url, one) for url, one in mapped if one is not None), (name, None))
        if catalogue is None:
            names = ", ".join(sorted(catalogues.imported)) or "none"
            message = f"the import `{name[:200]}` is not one of those allowed here; known are: {names}"
            report.refuse("unknown-import", path, message, name)
            continue
        if address not in catalogues.imported:
            message = f"the import `{address[:200]}` is read as the types that are kept for {catalogue.url}"
            report.warn("import-mapped", path, message, name)
        found.append((prefix, catalogue))
    return tuple(found)


def _addresses(name: str, item: Json, repositories: Mapping[str, Json]) -> list[str]:
    """The addresses an import may mean: as it stands, and below the repository it names."""
    body = item
    if isinstance(item, dict) and len(item) == 1 and isinstance(next(iter(item.values())), dict):
        body = next(iter(item.values()))
    named = body.get("repository") if isinstance(body, dict) else None
    repository = repositories.get(named) if isinstance(named, str) else None
    url = repository.get("url") if isinstance(repository, dict) else repository
    names = [name, name.removeprefix("./")]
    return [*names, f"{url.rstrip('/')}/{name.lstrip('/')}"] if isinstance(url, str) else names
