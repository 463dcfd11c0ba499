"""Puts sites together from what is said of them, keeps what came out, and tells it when it is different."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.cmdb.domain.assembly import Assembled, Fault, Misfit, assembled
from services.cmdb.domain.description import described, next_change, status_at
from services.cmdb.domain.differences import Difference, differences, gone
from services.cmdb.domain.merging import Layer
from services.cmdb.ports import Said, Sites, Standing, Written
from shared.contracts.sites import ServiceStatus, SiteWithdrawn
from shared.contracts.streams import SITES
from shared.contracts.vocabulary import SiteId
from shared.messaging.transaction import Work

log = logging.getLogger(__name__)
Layers = Mapping[str, Said]
LARGEST = 6_000_000
"""How many bytes a site may have: it is told as one event, and an event may have 8 MiB."""


def put_together(layers: Layers) -> Assembled:
    """What comes out of the layers. Raises `Misfit`."""
    return assembled([Layer(name, word.document) for name, word in layers.items()])


class Inventory:
    """Everything happens in the transaction of the `Work` that is handed in, which must hold the sites.

    `misfits` are sites whose layers do not fit together now; they stay as they were.
    """

    def __init__(self, sites: Sites) -> None:
        self.misfits: dict[SiteId, Misfit] = {}
        self._sites = sites

    async def lay(self, work: Work, name: str, said: Mapping[SiteId, Said | None], by: str) -> None:
        """Take a layer's word for some sites; `None` takes it away. A word that does not fit is not kept."""
        layers = await self._sites.layers(work.connection, list(said))
        proposed = {site: _with(layers[site], name, word) for site, word in said.items()}
        fit = await self._compose(work, proposed, by)
        await self._sites.lay(work.connection, name, {site: said[site] for site in fit}, work.at)

    async def recompose(self, work: Work, sites: Sequence[SiteId]) -> None:
        """See `ports.Recompose`."""
        await self._sites.hold(work.connection)
        layers = await self._sites.layers(work.connection, sites)
        await self._compose(work, {site: said for site, said in layers.items() if said}, "discovery")

    async def _compose(self, work: Work, layers: Mapping[SiteId, Layers], by: str) -> list[SiteId]:
        """Returns the sites whose layers fit together."""
        standing = await self._sites.standing(work.connection, list(layers))
        written: list[Written] = []
        fit: list[SiteId] = []
        for site, said in sorted(layers.items()):
            await asyncio.sleep(0)  # a thousand sites at once must not keep the readers of the API waiting
            try:
                new = _composed(site, said, by, work.at) if any(word.founds for word in said.values()) else None
            except Misfit as misfit:
                self.misfits[site] = misfit
                continue
            self.misfits.pop(site, None)
            fit.append(site)
            if after := _change(site, standing.get(site), new, by):
                written.append(after)
        await self._sites.write(work.connection, written, work.at)
        for one in written:
            _tell(work, one, standing.get(one.id))
        return fit


def _with(layers: Layers, name: str, word: Said | None) -> Layers:
    others = {layer: said for layer, said in layers.items() if layer != name}
    return others if word is None else {**others, name: word}


def _composed(site: SiteId, layers: Layers, by: str, at: datetime) -> Written:
    whole = put_together(layers)
    told, due = described(site, whole.record, at), next_change(whole.record, at)
    if len(told.model_dump_json()) > LARGEST:
        raise Misfit([Fault("", f"is larger than {LARGEST // 1_000_000} MB; allowed: fewer images and flavours")])
    status = status_at(whole.record, at)
    return Written(site, 1, by, told, status, whole.document, whole.provenance, due, [], {})


def _change(site: SiteId, before: Standing | None, after: Written | None, by: str) -> Written | None:
    """What must be written so that the site is as it is said to be; nothing when it is so already."""
    there = before if before is not None and not before.removed else None
    if after is None:
        if there is None:
            return None
        whole = [Difference("", there.document, None)]
        removed = ServiceStatus.REMOVED
        return Written(site, there.revision + 1, by, None, removed, there.document, there.provenance, None, whole, {})
    revision = before.revision + 1 if before is not None else 1
    if there is None:
        return after._replace(revision=revision, differences=[Difference("", None, after.document)])
    if (there.document, there.site, there.provenance) == (after.document, after.site, after.provenance):
        return None
    return after._replace(
        revision=revision,
        differences=list(differences(there.document, after.document)),
        gone=gone(there.document, after.document),
    )


def _tell(work: Work, after: Written, before: Standing | None) -> None:
    if after.site is None:
        work.tell(SITES, SiteWithdrawn(site=after.id))
    elif before is None or before.removed or before.site != after.site:
        work.tell(SITES, after.site)
    else:
        return
    log.info("told %s: %s", after.id, "withdrawn" if after.site is None else "described")
