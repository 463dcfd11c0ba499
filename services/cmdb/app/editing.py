"""People change sites: create, patch, remove, take back what was said over the folder and discovery."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.app.inventory import Inventory, put_together
from services.cmdb.domain.assembly import FILE, HAND, Assembled, Fault, Misfit
from services.cmdb.domain.editing import Editor, Forbidden, Revision, check, role
from services.cmdb.domain.overrides import addressed, dropped, nameless, overlaid
from services.cmdb.domain.pointers import Steps, pointer, things
from services.cmdb.domain.refusals import NotThere, Stale, Taken
from services.cmdb.ports import Said, Sites, Standing
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

SOURCE = "cmdb"
Document = Mapping[str, Json]
Layers = Mapping[str, Said]
Say = Callable[[Document, Document], Document]
NOTHING = Said({}, founds=False)


class Place(NamedTuple):
    """What is to be changed: a site, or a thing in it by field, name, field, name; at which revision it was read."""

    site: SiteId
    steps: Steps = ()
    revision: int | None = None


class Two(NamedTuple):
    """What the layers say before and after a change, and the document that came out before."""

    before: Layers
    after: Layers
    document: Document


class Editing:
    """Every change is one transaction in which nobody else changes a site.

    All raise `Forbidden` for who may not, `NotThere`, `Taken` and `Stale`, and `Misfit` for what would not be a site.
    """

    def __init__(self, inventory: Inventory, sites: Sites, database: Database, clock: Clock) -> None:
        self._inventory = inventory
        self._sites = sites
        self._database = database
        self._clock = clock

    async def create(self, editor: Editor, site: SiteId, document: Document) -> None:
        """A new site. Whoever creates it owns it unless owners are named."""
        if not editor.admin:
            raise Forbidden("Only administrators create sites.")
        owners = document.get("owners") or [editor.principal.model_dump()]
        async with self._database.transaction() as connection:
            work = await self._begin(connection)
            layers = (await self._sites.layers(connection, [site]))[site]
            if any(word.founds for word in layers.values()):
                raise Taken(f"There is a site {site!r} already.")
            founded = Said(_named({**document, "owners": owners}), founds=True)
            await self._keep(work, editor, site, Two({}, {HAND: founded}, {}))
            await work.flush()
        work.committed()

    async def patch(self, editor: Editor, place: Place, patch: Document) -> None:
        """Say something of a site or of a thing in it, over whatever the folder and discovery say."""
        said = _named(addressed(place.steps, patch))
        await self._change(editor, place, lambda before, _: overlaid(before, said))

    async def add(self, editor: Editor, place: Place, thing: Document) -> None:
        """A new thing at a place that is not taken."""
        steps = place.steps

        def say(said: Document, document: Document) -> Document:
            if steps in dict(things(document)):
                raise Taken(f"{pointer(steps)} is there already.")
            return overlaid(said, _named(addressed(steps, thing)))

        await self._change(editor, place, say, new=True)

    async def take_back(self, editor: Editor, place: Place) -> None:
        """Unsay what people said of a place, which may be any pointer; the folder and discovery are heard again."""
        await self._change(editor, place, lambda said, _: dropped(said, place.steps), new=True)

    async def remove(self, editor: Editor, place: Place) -> None:
        """Remove a thing and all that is under it; with a service go those whose parent it is."""

        def say(said: Document, document: Document) -> Document:
            for steps in _with_children(document, place.steps):
                said = dropped(said, steps)
            return said

        await self._change(editor, place, say, goes=True)

    async def remove_site(self, editor: Editor, place: Place) -> None:
        """Remove a whole site. One that the folder describes is removed there."""
        if not editor.admin:
            raise Forbidden("Only administrators remove sites.")
        async with self._database.transaction() as connection:
            work = await self._begin(connection)
            await self._standing(work, place)
            if FILE in (await self._sites.layers(connection, [place.site]))[place.site]:
                raise Taken(f"The federation folder describes {place.site!r}: remove sites/{place.site}.yaml.")
            await self._inventory.lay(work, HAND, {place.site: None}, editor.name)
            await work.flush()
        work.committed()

    async def _change(self, editor: Editor, place: Place, say: Say, *, new: bool = False, goes: bool = False) -> None:
        async with self._database.transaction() as connection:
            work = await self._begin(connection)
            standing = await self._standing(work, place)
            if role(editor, standing.document) is None:
                raise Forbidden("Only owners of the site or of its services, and administrators, may change it.")
            if not new:
                _find(standing.document, place)
            layers = (await self._sites.layers(connection, [place.site]))[place.site]
            said = layers.get(HAND, NOTHING)
            after: Layers = {**layers, HAND: said._replace(document=say(said.document, standing.document))}
            if goes:
                after = _hidden(place, standing, after)
            await self._keep(work, editor, place.site, Two(layers, after, standing.document))
            await work.flush()
        work.committed()

    async def _begin(self, connection: AsyncConnection) -> Work:
        await self._sites.hold(connection)
        return Work(connection, SOURCE, self._clock())

    async def _standing(self, work: Work, place: Place) -> Standing:
        standing = (await self._sites.standing(work.connection, [place.site])).get(place.site)
        if standing is None or standing.removed:
            raise NotThere(f"There is no site {place.site!r}.")
        if place.revision not in (None, standing.revision):
            raise Stale(
                f"{place.site!r} is at revision {standing.revision} by now, not {place.revision}: read it again."
            )
        return standing

    async def _keep(self, work: Work, editor: Editor, site: SiteId, two: Two) -> None:
        after = put_together(two.after)
        said = [layers.get(HAND, NOTHING).document for layers in (two.before, two.after)]
        faults = check(editor, Revision(said[0], said[1], two.document, after.document))
        faults += _unfinished(two, after)
        if faults:
            raise Misfit(faults)
        word = two.after[HAND]
        kept = word if word.founds or word.document else None
        await self._inventory.lay(work, HAND, {site: kept}, editor.name)
        if misfit := self._inventory.misfits.pop(site, None):
            raise misfit


def _named(said: Document) -> Document:
    if faults := list(nameless(said)):
        raise Misfit(faults)
    return said


def _find(document: Document, place: Place) -> None:
    if place.steps and place.steps not in dict(things(document)):
        raise NotThere(f"There is nothing at {pointer(place.steps)} of {place.site!r}.")


def _hidden(place: Place, standing: Standing, layers: Layers) -> Layers:
    """So that the folder and discovery do not bring back what is removed here."""
    left = dict(things(put_together(layers).document))
    said = layers[HAND].document
    for steps in _with_children(standing.document, place.steps):
        if steps in left:
            said = overlaid(said, addressed(steps, {"removed": True}))
    return {**layers, HAND: layers[HAND]._replace(document=said)}


def _unfinished(two: Two, after: Assembled) -> list[Fault]:
    """What this change says of things that are not described enough to be there."""
    if not after.dormant:
        return []
    try:
        before = put_together(two.before)
    except Misfit:
        return []
    return [fault for fault in after.dormant if fault not in before.dormant]


def _with_children(document: Document, steps: Steps) -> list[Steps]:
    """The thing, and when it is a service those below it."""
    found = [steps]
    if len(steps) == len(("services", "id")) and steps[0] == "services":
        for above in found:
            children = [s for s, thing in things(document) if s[0] == "services" and thing.get("parent") == above[1]]
            found += [child for child in children if child not in found]
    return found
