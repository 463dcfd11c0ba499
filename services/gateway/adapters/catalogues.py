"""Reads type catalogues from folders; the compiler itself opens no file."""

import json
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from services.gateway.domain.tosca import Catalogues, compile_catalogues
from shared.failures import NeedsPerson

OURS = Path(__file__).parents[1] / "domain" / "tosca" / "catalogue"
REFINEMENTS = OURS / "simple_profile"
NORMATIVE = Path("elements") / "TOSCA_definition.yaml"
MAP = "IMPORTS.json"
NOTHING: Mapping[str, str] = MappingProxyType({})


def load_catalogues(folder: Path = OURS, more: Iterable[Path] = (), parents: Mapping[str, str] = NOTHING) -> Catalogues:
    """The catalogues of a folder and of more folders, later ones replacing the addresses that earlier ones know.

    A folder is a catalogue if it holds an `IMPORTS.json` (import address → file in it); else each folder in it may be.
    In an address `*` stands for any one name, such as a branch or a tag; an address without one goes before.
    `parents` are texts of templates that fragments name, by file name. Raises NeedsPerson naming the file at fault.
    """
    texts: dict[str, str] = {}
    for root in (folder, *more):
        for catalogue in _catalogues(root):
            texts |= _importable(catalogue)
    return compile_catalogues(_normative(), texts, parents)


def companions(template: Path) -> dict[str, str]:
    """The YAML files beside and below a template, by the relative names its imports may use."""
    return {name: _text(path) for name, path in files_beside(template).items()}


def files_beside(template: Path) -> dict[str, Path]:
    """The same, none of them opened. What a link leads out of the folder to is not among them."""
    folder = template.parent
    files = sorted(path for path in folder.rglob("*.y*ml") if path.is_file() and path != template)
    return {path.relative_to(folder).as_posix(): path for path in files if _is_inside(path, folder)}


def _normative() -> tuple[str, ...]:
    # The wheel's data file is wanted, not its code: importing the package costs 0.3 s.
    spec = find_spec("toscaparser")
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise NeedsPerson("the normative TOSCA definitions are missing: install tosca-parser")
    return (_text(Path(places[0]) / NORMATIVE), *(_text(path) for path in sorted(REFINEMENTS.glob("*.yaml"))))


def _catalogues(root: Path) -> list[Path]:
    if (root / MAP).is_file():
        return [root]
    return sorted(path.parent for path in root.glob(f"*/{MAP}"))


def _importable(folder: Path) -> dict[str, str]:
    try:
        addresses = json.loads(_text(folder / MAP))
    except ValueError as error:
        raise NeedsPerson(f"{folder / MAP} is no JSON: {error}") from error
    if not isinstance(addresses, dict):
        raise NeedsPerson(f"{folder / MAP} must map import addresses to files")
    found = {}
    for address, name in addresses.items():
        path = folder / str(name)
        if not _is_inside(path, folder):
            raise NeedsPerson(f"{folder / MAP} maps {address} to a file outside its folder")
        found[address] = _text(path)
    return found


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NeedsPerson(f"{path} cannot be read: {error}") from error
