"""Whom we trust to say who somebody is. As data, because settings and proofs both need it."""

from pydantic import BaseModel

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")


class TrustedIssuer(BaseModel, frozen=True, extra="forbid"):
    """An OpenID Connect issuer whose users may come, the audience their tokens must be for, and who administers.

    `admins` are groups of this issuer; whoever is in one of them is an administrator here.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ALGORITHMS
    admins: frozenset[str] = frozenset()
