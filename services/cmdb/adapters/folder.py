"""`sites/<site>.yaml` of the federation folder, read against the record that it must be."""

import asyncio
from pathlib import Path

from services.cmdb.domain.record import SiteRecord
from services.cmdb.ports import Seen
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.runtime.yaml_files.folder import YamlFolder


class FederationFolder:
    """`ports.Federation` on the `sites` folder; a file's name is the site's id."""

    def __init__(self, folder: Path) -> None:
        self._folder = YamlFolder(folder, SiteRecord)

    async def read(self) -> Seen:
        reading = await asyncio.to_thread(self._folder.read)
        return Seen(reading.facts(SiteId, _said), problems=reading.problems, there=reading.there)


def _said(_site: SiteId, record: SiteRecord) -> dict[str, Json]:
    return record.model_dump(mode="json", exclude_unset=True)
