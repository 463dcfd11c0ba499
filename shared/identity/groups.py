"""Which groups a token says that its user is in, by the rules of its issuer's profile."""

import re
from collections.abc import Iterable

from shared.identity.claims import Claims
from shared.identity.entitlements import NotAGroup, may_assert, parse
from shared.identity.issuers import Profile, TrustedIssuer

ENTITLEMENTS = ("eduperson_entitlement", "entitlements")
CLAIMS = ("groups", "wlcg.groups", *ENTITLEMENTS)
WLCG_GROUP = re.compile(r"(/[a-zA-Z0-9][a-zA-Z0-9_.-]*)+", re.ASCII)
CAPABILITY = re.compile(r"(storage|compute)\.[a-z]+(:|$)", re.ASCII)
LONGEST = 255


def groups_of(claims: Claims, issuer: TrustedIssuer) -> tuple[str, ...]:
    """The groups, without leading slash, in the issuer's order. Being in `a/b` does not mean being in `a`."""
    match issuer.profile:
        case Profile.WLCG:
            found = _wlcg(claims)
        case Profile.EGI_CHECKIN:
            found = _entitled(claims, issuer)
        case Profile.INDIGO_IAM:
            found = [*_of_both(claims), *_entitled(claims, issuer)]
        case _:
            found = [*_plain(claims), *_entitled(claims, issuer)]
    return tuple(dict.fromkeys(found))


def says_groups(claims: Claims) -> bool:
    """Whether a token says anything about groups, if only that there are none."""
    return any(name in claims for name in CLAIMS)


def _of_both(claims: Claims) -> list[str]:
    """INDIGO IAM may say both; then the user has chosen, and only what both name is meant."""
    if "wlcg.groups" not in claims:
        return _plain(claims)
    chosen = _wlcg(claims)
    return [group for group in _plain(claims) if group in chosen] if "groups" in claims else chosen


def _plain(claims: Claims) -> list[str]:
    names = (name.removeprefix("/") for name in _texts(claims, "groups"))
    return [name for name in names if 0 < len(name) <= LONGEST and name.isprintable()]


def _wlcg(claims: Claims) -> list[str]:
    """WLCG profile 1.2: a token that carries capabilities is for these alone, and its groups are ignored."""
    scopes = str(claims.get("scope", "")).split()
    if any(CAPABILITY.match(scope) for scope in scopes):
        return []
    return [group.removeprefix("/") for group in _texts(claims, "wlcg.groups") if WLCG_GROUP.fullmatch(group)]


def _entitled(claims: Claims, issuer: TrustedIssuer) -> list[str]:
    """An issuer speaks for its own namespaces only; else one could put its users into the groups of another's."""
    found = []
    for name in ENTITLEMENTS:
        for text in _texts(claims, name):
            try:
                said = parse(text)
            except NotAGroup:
                continue
            if may_assert(said, issuer.namespaces) and (said.role is None or said.role in issuer.roles):
                found.append(said.group)
    return found


def _texts(claims: Claims, name: str) -> Iterable[str]:
    value = claims.get(name)
    values = value if isinstance(value, list) else [value]
    return (text for text in values if isinstance(text, str))
