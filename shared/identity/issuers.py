"""Whom we trust to say who somebody is. As data, because settings and proofs both need it."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, SecretStr, field_validator, model_validator

from shared.identity.entitlements import namespace_of

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")


class Profile(StrEnum):
    """By which rules the tokens of an issuer are read. One issuer has one: what two allow together, neither means."""

    RFC9068 = "rfc9068"
    WLCG = "wlcg"
    INDIGO_IAM = "indigo-iam"
    EGI_CHECKIN = "egi-checkin"
    INTROSPECTION = "introspection"


class Client(BaseModel, frozen=True, extra="forbid"):
    """Who we are at an issuer."""

    id: str
    secret: SecretStr


class TrustedIssuer(BaseModel, frozen=True, extra="forbid"):
    """An OpenID Connect issuer whose users may come, the audience their tokens must be for, and who administers.

    `admins` are groups of this issuer; whoever is in one of them is an administrator here. `more_audiences` are taken
    beside ours, such as WLCG's "any". `namespaces` are those in which this issuer may assert groups by entitlement
    (AARC-G069), each as `urn:…` or `urn:…#authority`; an entitlement of any other is not believed. `roles` are those
    that make a member. `client` is who asks where tokens are introspected.
    """

    issuer: str
    audience: str
    profile: Profile = Profile.INDIGO_IAM
    algorithms: tuple[str, ...] = ALGORITHMS
    admins: frozenset[str] = frozenset()
    more_audiences: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset({"member"})
    client: Client | None = None

    @field_validator("algorithms")
    @classmethod
    def _are_safe(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= set(ALGORITHMS):
            raise ValueError(f"must be among {', '.join(ALGORITHMS)}")
        return value

    @field_validator("namespaces")
    @classmethod
    def _are_namespaces(cls, value: frozenset[str]) -> frozenset[str]:
        return frozenset(namespace_of(namespace) for namespace in value)

    @model_validator(mode="after")
    def _can_ask(self) -> Self:
        if self.profile is Profile.INTROSPECTION and self.client is None:
            raise ValueError("an issuer whose tokens are introspected needs a client, with id and secret")
        return self

    def names_itself(self, said: object) -> bool:
        """Whether `said` is this issuer's name: to the letter, but for a last slash of INDIGO IAM's."""
        if not isinstance(said, str):
            return False
        if self.profile is Profile.INDIGO_IAM:
            return said.rstrip("/") == self.issuer.rstrip("/")
        return said == self.issuer
