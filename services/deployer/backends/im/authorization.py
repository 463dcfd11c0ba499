"""The `Authorization` header of the Infrastructure Manager: one line of `key = value` for each party, IM itself first.

Lines are joined by a backslash and an `n`; a line break inside a value is two backslashes and an `n`. Source: IM 2.0.0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from services.deployer.backends.im.kinds import DUMMY, OTC, kind_of
from shared.contracts.ranking import Candidate

Line = dict[str, str]

OTC_REGION = "eu-de"
OWN_MANAGER = "im_url"
"""The setting of a service that names its own Infrastructure Manager."""


class Unsuitable(ValueError):
    """A site cannot be addressed as it is described; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens doors: the user's token, and the account at the service: the user's own, or the operator's."""

    token: str = field(default="", repr=False)
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


def header(manager: Line, candidate: Candidate, secrets: Secrets) -> str:
    """The whole header. Raises `Unsuitable` for a kind of service that is not known or not described well."""
    make = LINES.get(kind_of(candidate.service_type))
    if make is None:
        known = ", ".join(sorted(LINES))
        raise Unsuitable(
            f"Service {candidate.service} is of type {candidate.service_type!r}, which this backend cannot drive "
            f"(it can: {known})."
        )
    return "\\n".join(line_text(line) for line in (manager, make(candidate, secrets)))


def manager_url(candidate: Candidate, operators: str | None) -> str:
    """Where IM is: at the site, if the site has one of its own, else the operator's. Raises `Unsuitable`.

    A site of type `dummy` is nothing but its IM, so there the endpoint will do.
    """
    endpoint = candidate.endpoint if kind_of(candidate.service_type) == DUMMY else None
    url = (candidate.settings.get(OWN_MANAGER) or operators or endpoint or "").rstrip("/")
    if not _authority(url):
        raise Unsuitable(f"There is no address of an Infrastructure Manager for service {candidate.service}.")
    return url


def manager_line(secrets: Secrets, account: tuple[str, str] | None = None) -> Line:
    """How we come to IM itself: as the user, or as the operator's account where one is set."""
    party = {"id": "im", "type": "InfrastructureManager"}
    if account:
        return party | {"username": account[0], "password": account[1]}
    return party | {"token": _token(secrets)}


def line_text(line: Line) -> str:
    """One party's line, with values quoted where IM would split them."""
    return "; ".join(f"{key} = {value_text(value)}" for key, value in line.items())


def value_text(value: str) -> str:
    """A value as IM reads it back, less line breaks at its ends. Raises `Unsuitable` if the format cannot carry it."""
    value = value.strip("\n")
    if "\\n" in value or value.startswith("file("):
        raise Unsuitable("A credential holds a sequence that the Infrastructure Manager would change on its way.")
    if value != value.strip() or not value.replace("\n", "").isprintable() or not value.isascii():
        raise Unsuitable("A credential begins or ends with a blank, or holds what is not printable ASCII.")
    quoted = "".join(_quoted(part) for part in _runs(value)) if set(value) & set(";='\"") else value
    return quoted.replace("\n", "\\\\n")


def dummy(candidate: Candidate, secrets: Secrets) -> Line:  # noqa: ARG001 - one shape for all
    """IM's own pretended cloud, for demonstrations."""
    return {"id": "dummy", "type": "Dummy"}


def openstack(candidate: Candidate, secrets: Secrets) -> Line:
    """Keystone with the user's token through the site's identity provider, or with an account that is kept."""
    line = {"id": "ost", "type": "OpenStack", "host": _keystone(candidate)}
    settings = candidate.settings
    if "username" in secrets.kept:
        login = {
            "username": secrets.kept["username"],
            "password": _kept(candidate, secrets, "password"),
            "tenant": secrets.kept.get("tenant") or _project(candidate),
            "domain": settings.get("domain", "default"),
            "auth_version": "3.x_password",
        }
    else:
        login = {
            "username": _setting(candidate, "identity_provider"),
            "tenant": settings.get("protocol", "oidc"),
            "password": _token(secrets),
            "domain": _project(candidate),
            "auth_version": "3.x_oidc_access_token",
        }
    region = {"service_region": candidate.region} if candidate.region else {}
    return line | login | region | {key: settings[key] for key in ("microversion",) if key in settings}


def otc(candidate: Candidate, secrets: Secrets) -> Line:
    """Open Telekom Cloud: an OpenStack with one domain per customer and its own account names.

    A kept user name of two words is the user's and its domain's, unless the user's is a number.
    """
    region = candidate.region or OTC_REGION
    user, _, rest = _kept(candidate, secrets, "username").partition(" ")
    alone = rest and not user.isdecimal()
    return {
        "id": "ost",
        "type": "OpenStack",
        "host": _keystone(candidate),
        "username": user if alone else _kept(candidate, secrets, "username"),
        "password": _kept(candidate, secrets, "password"),
        "tenant": candidate.settings.get("tenant", region),
        "domain": rest if alone else _project(candidate),
        "auth_version": "3.x_password",
        "service_name": "None",
        "service_region": region,
    }


def opennebula(candidate: Candidate, secrets: Secrets) -> Line:
    """OpenNebula with an account that is kept, else with the user's token."""
    line = {"id": "one", "type": "OpenNebula", "host": candidate.endpoint}
    if "username" in secrets.kept:
        return line | {"username": secrets.kept["username"], "password": _kept(candidate, secrets, "password")}
    return line | {"token": _token(secrets)}


def ec2(candidate: Candidate, secrets: Secrets) -> Line:
    """Amazon EC2 with an access key that is kept."""
    return {
        "id": "ec2",
        "type": "EC2",
        "username": _kept(candidate, secrets, "username"),
        "password": _kept(candidate, secrets, "password"),
    }


def azure(candidate: Candidate, secrets: Secrets) -> Line:
    """Azure with an account that is kept."""
    return {
        "id": "azure",
        "type": "Azure",
        "username": _kept(candidate, secrets, "username"),
        "password": _kept(candidate, secrets, "password"),
        "subscription_id": candidate.project or _setting(candidate, "subscription"),
    }


LINES: Mapping[str, Callable[[Candidate, Secrets], Line]] = {
    "azure": azure,
    DUMMY: dummy,
    "ec2": ec2,
    "opennebula": opennebula,
    OTC: otc,
    "openstack": openstack,
}
"""Which function writes the site's line, by its kind of cloud."""


def _quoted(run: str) -> str:
    return f"'{run}'" if run.startswith('"') else f'"{run}"'


def _runs(value: str) -> list[str]:
    """The value cut so that no piece has a double quote beside anything else: each can be quoted by itself."""
    pieces: list[str] = []
    for character in value:
        if pieces and (character == '"') == (pieces[-1][0] == '"'):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _keystone(candidate: Candidate) -> str:
    authority = _authority(candidate.endpoint)
    if not authority:
        raise Unsuitable(f"The endpoint of service {candidate.service} is not an http address.")
    if urlsplit(candidate.endpoint).path.strip("/").startswith("v2"):
        raise Unsuitable(f"Service {candidate.service} speaks Keystone v2, which is no longer supported.")
    return authority


def _authority(url: str) -> str:
    """Scheme, host and port of an http address; empty for anything else."""
    try:
        address = urlsplit(url)
        usable = address.scheme in ("http", "https") and address.hostname and (address.port is None or address.port)
    except ValueError:
        return ""
    return f"{address.scheme}://{address.netloc}" if usable else ""


def _setting(candidate: Candidate, key: str) -> str:
    if not candidate.settings.get(key):
        raise Unsuitable(f"Service {candidate.service} is described without the setting {key!r}.")
    return candidate.settings[key]


def _project(candidate: Candidate) -> str:
    """The tenant that was chosen, else the one that the service is described with."""
    return candidate.project or _setting(candidate, "project")


def _kept(candidate: Candidate, secrets: Secrets, key: str) -> str:
    if not secrets.kept.get(key):
        raise Unsuitable(
            f"Service {candidate.service} needs an account, and no {key!r} is kept for it: store yours with "
            f"PUT /site-credentials/{candidate.service} at the access point, or ask the operator for one."
        )
    return secrets.kept[key]


def _token(secrets: Secrets) -> str:
    if not secrets.token:
        raise Unsuitable("This site is used with the user's token, and there is none.")
    return secrets.token
