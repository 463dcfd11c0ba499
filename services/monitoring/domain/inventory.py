"""What is watched of a site that the cmdb describes, together with what the federation folder says of it."""

from services.monitoring.domain.watched import Target, Watched
from shared.contracts.sites import Flavour, OfferedService, ServiceStatus, SiteDescribed


def described(site: SiteDescribed) -> Watched:
    """Every service with an http address is watched there; one that is removed is to be left alone by everybody."""
    removed = tuple(service.id for service in site.services if service.status is ServiceStatus.REMOVED)
    targets = tuple(_target(site, service) for service in site.services if service.id not in removed)
    return Watched(site=site.site, targets=tuple(one for one in targets if _http(one.endpoint)), silent=removed)


def together(file: Watched | None, told: Watched) -> Watched:
    """What the cmdb knows of a service counts, and what the file says to monitoring: where to look, and whether.

    A service that only one of the two knows is watched as that one has it.
    """
    if file is None:
        return told
    silent = {*file.silent, *told.silent}
    own = {target.service: target for target in file.targets}
    targets = [_as_the_file_wants(target, own.pop(target.service, None)) for target in told.targets]
    wanted = tuple(target for target in (*targets, *own.values()) if target.service not in silent)
    return Watched(site=told.site, targets=wanted, silent=tuple(sorted(silent)))


def _target(site: SiteDescribed, service: OfferedService) -> Target:
    return Target(
        service=service.id,
        url=service.endpoint,
        site=site.site,
        type=service.type,
        backend=service.backend,
        endpoint=service.endpoint,
        region=service.region,
        public=service.public,
        projects=tuple(project.name or project.id for project in service.projects),
        flavours=tuple(flavour.id for flavour in sorted(service.flavours, key=_size)),
        images=tuple(image.id for image in service.images),
        networks=tuple(network.id for network in service.networks),
        settings=service.settings,
    )


def _as_the_file_wants(target: Target, file: Target | None) -> Target:
    if file is None:
        return target
    base = file.endpoint.rstrip("/")
    path = file.url.removeprefix(base) if file.url != file.endpoint and file.url.startswith(base) else ""
    url = target.endpoint.rstrip("/") + path if path else target.endpoint
    return target.model_copy(update={"url": url, "entries": file.entries, "vouched": file.endpoint == target.endpoint})


def _http(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _size(flavour: Flavour) -> tuple[float, float, float, float, str]:
    return (flavour.gpus, flavour.cpus, flavour.memory, flavour.disk, flavour.id)
