"""The service has an image for every machine: the one that is named, or one that meets the criteria."""

from collections.abc import Iterator

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.offer import Offer
from services.ranker.domain.stage import Stage
from shared.contracts.sites import Image
from shared.contracts.topology import ImageNeeds

STAGE = Stage.CAN
WORDS = ("architecture", "type", "distribution")
ANY = ImageNeeds()


def check(board: Board, rows: Rows) -> Mask:
    """Whether there is one for every machine; a machine that does not care runs where none is listed."""
    needs = _needs(board.ask)
    return board.table.every(("image", needs), lambda offer: all(chosen(offer, one) is not None for one in needs))[rows]


def chosen(offer: Offer, needs: ImageNeeds) -> Image | None:
    """The plainest and newest image that fits, whatever the order of the site's list."""
    return _address(needs) or next((one for one in offer.images if _fits(one, needs)), None)


def reason(case: Case) -> Reason:
    """The first machine that has none."""
    offer = case.offer
    for machine in case.ask.machines:
        needs = machine.needs.image
        if needs != ANY and chosen(offer, needs) is None:
            return _missing(machine.node, needs, offer)
    raise LookupError(f"{offer.name} has an image for every machine")


def _needs(ask: Ask) -> frozenset[ImageNeeds]:
    if not ask.is_infrastructure:
        return frozenset()
    return frozenset(machine.needs.image for machine in ask.machines) - {ANY}


def _address(needs: ImageNeeds) -> Image | None:
    """An image given with its cloud, such as `ost://host/id`, is the user's word and not looked up."""
    return Image(id=needs.image, name=needs.image) if needs.image and "://" in needs.image else None


def _fits(image: Image, needs: ImageNeeds) -> bool:
    if needs.image is not None:
        return needs.image in (image.id, image.name)
    return (
        all(_same(getattr(needs, word), getattr(image, word)) for word in WORDS)
        and _within(needs.version, image.version)
        and (image.gpu_driver or not needs.gpu_driver)
        and (image.cuda_support or not needs.cuda_support)
    )


def _same(needed: str | None, there: str | None) -> bool:
    return needed is None or (there is not None and needed.lower() == there.lower())


def _within(needed: str | None, there: str | None) -> bool:
    """Version 22.04 is within 22 and within 22.04, and not the other way round."""
    return needed is None or (there is not None and f"{there}.".lower().startswith(f"{needed}.".lower()))


def _missing(node: str, needs: ImageNeeds, offer: Offer) -> Reason:
    needed = ", ".join(_said(needs))
    there = ", ".join(image.name for image in offer.images[:10]) or "none"
    if len(offer.images) > 10:  # noqa: PLR2004 - enough to see what sort of images they are
        there += f" and {len(offer.images) - 10} more"
    sentence = f"{offer.name} has no image for {node}: {needed}."
    return Reason(needed, there, sentence, f"an image there with {needed}")


def _said(needs: ImageNeeds) -> Iterator[str]:
    if needs.image is not None:
        yield f"named {needs.image}"
        return
    for name, value in needs:
        if value is not None and value is not False:
            yield name.replace("_", " ") if value is True else f"{name} {value}"
