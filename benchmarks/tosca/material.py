"""What is compiled: the templates of the field if they are here, else the project's own; and where their types lie."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.tosca.grown import SHAPES, grown

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
OURS = ROOT / "services" / "gateway" / "domain" / "tosca"
OWN = (ROOT / "embedded" / "demo", ROOT / "benchmarks" / "saga", OURS / "templates")
SIZES = (2, 10, 50)
_MAP = "IMPORTS.json"


class Work(BaseModel):
    """What a compiler is asked to do, as both are told it: which files, how often, and where imports lie."""

    model_config = ConfigDict(frozen=True)

    templates: tuple[Path, ...]
    imports: Mapping[str, Path]
    folders: tuple[Path, ...]
    rounds: int = 3


class Cost(BaseModel):
    """What it took: milliseconds of CPU for each template that was accepted, the best of its rounds."""

    model_config = ConfigDict(frozen=True)

    ms: Mapping[Path, float]


@dataclass(frozen=True, slots=True)
class Material:
    """Templates with the folders of their types. `name` says whose they are."""

    name: str
    templates: tuple[Path, ...]
    folders: tuple[Path, ...]

    def imports(self) -> dict[str, Path]:
        """The file behind each import address."""
        found: dict[str, Path] = {}
        for folder in (*sorted(path.parent for path in (OURS / "catalogue").glob(f"*/{_MAP}")), *self.folders):
            names = json.loads((folder / _MAP).read_text(encoding="utf-8"))
            found |= {address: folder / name for address, name in names.items()}
        return found


def material(build: Path, corpus: Path = CORPUS) -> Material:
    """The corpus' whole templates if it is here, else our own and some that are grown (below `build`)."""
    if not corpus.is_dir():
        return Material("own templates", (*_own(), *_grown(build / "tosca")), ())
    entries = json.loads((corpus / "INDEX.json").read_text(encoding="utf-8"))["templates"]
    types = corpus / "types"
    known = json.loads((types / _MAP).read_text(encoding="utf-8"))
    chosen = (entry for entry in entries if entry["kind"] == "complete" and set(entry["imports"]) <= known.keys())
    return Material("templates of the field", tuple(corpus / entry["file"] for entry in chosen), (types,))


def _own() -> Iterator[Path]:
    for folder in OWN:
        yield from sorted(folder.glob("*.yaml"))


def _grown(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for shape in SHAPES:
        for nodes in SIZES:
            file = folder / f"{shape}_{nodes}.yaml"
            file.write_text(grown(shape, nodes), encoding="utf-8")
            yield file
