"""Reads the templates that come with the gateway."""

from pathlib import Path

from services.gateway.adapters.catalogues import load_catalogues
from services.gateway.domain.ready import ReadyTemplate, ready
from services.gateway.domain.tosca import Catalogues, TemplateRefused
from shared.failures import NeedsPerson

OURS = Path(__file__).parents[1] / "domain" / "tosca" / "templates"


def ready_templates(folder: Path = OURS, catalogues: Catalogues | None = None) -> tuple[ReadyTemplate, ...]:
    """The templates in a folder by name, which is that of the file without its ending.

    They are held to our own types, loaded here unless they are given: a catalogue that an operator adds does not change
    what we ship.
    Raises NeedsPerson naming the file that cannot be read or is refused.
    """
    catalogues = catalogues or load_catalogues()
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(ready(path.stem, path.read_text(encoding="utf-8"), catalogues))
        except (OSError, UnicodeDecodeError) as error:
            raise NeedsPerson(f"{path} cannot be read: {error}") from error
        except TemplateRefused as refused:
            raise NeedsPerson(f"{path} is refused: {refused}") from refused
    return tuple(found)
