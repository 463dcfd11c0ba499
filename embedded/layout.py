"""The demo's federation: the checked-in folder with this run's addresses filled in.

`python -m embedded.layout TARGET NAME=VALUE …` does it for the system in containers.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

FEDERATION = Path(__file__).parent / "federation"
FOLDERS = ("sites", "agreements")


def lay_out_federation(target: Path, addresses: Mapping[str, str], source: Path = FEDERATION) -> None:
    """Copy `source` to `target`, replacing `${IM_URL}` and the like; what `source` has no more goes away."""
    for name in FOLDERS:
        (target / name).mkdir(parents=True, exist_ok=True)
        wanted = {file.name for file in (source / name).glob("*.yaml")}
        for stale in (target / name).glob("*.yaml"):
            if stale.name not in wanted:
                stale.unlink()
        for file in sorted((source / name).glob("*.yaml")):
            text = Template(file.read_text(encoding="utf-8")).safe_substitute(addresses)
            _replace(target / name / file.name, text)


def _replace(file: Path, text: str) -> None:
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    fresh = file.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


if __name__ == "__main__":
    values = (pair.partition("=") for pair in sys.argv[2:])
    lay_out_federation(Path(sys.argv[1]), {name: value for name, _, value in values})
