"""The service has an image for every machine: the one that is named, or one that meets the criteria."""

from collections.abc import Iterator

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.offer import Offer
from services.ranker.domain.stage import Stage
from shared.contracts.sites import Image
from shared.contracts.topology import ImageNeeds

STAGE = Stage.CAN
WORDS = ("architecture", "type", "distribution")


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle every machine's image: the plainest and newest that fits, whatever the order of the site's list."""
    if not case.ask.is_infrastructure:
        return placing
    images: list[Image | None] = []
    for machine in case.ask.machines:
        needs = machine.needs.image
        image = _address(needs) or next((one for one in case.offer.images if _fits(one, needs)), None)
        if image is None and needs != ImageNeeds():
            return _missing(machine.node, needs, case.offer)
        images.append(image)
    return placing._replace(images=tuple(images))


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
    return Reason(needed, there, f"{offer.name} has no image for {node}: {needed}.")


def _said(needs: ImageNeeds) -> Iterator[str]:
    if needs.image is not None:
        yield f"named {needs.image}"
        return
    for name, value in needs:
        if value is not None and value is not False:
            yield name.replace("_", " ") if value is True else f"{name} {value}"
