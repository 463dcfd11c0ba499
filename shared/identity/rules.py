"""What a token must be, beside signed, for its issuer's profile. Source: RFC 8725, RFC 9068, WLCG profile 1.2."""

from shared.identity.claims import BadToken, Claims, proved
from shared.identity.issuers import Profile, TrustedIssuer

ACCESS = ("at+jwt", "application/at+jwt")
MAY_BE = ("", "jwt", *ACCESS)
NEEDED = {
    Profile.RFC9068: ("iat", "jti", "client_id"),
    Profile.WLCG: ("iat", "jti", "wlcg.ver"),
}
WLCG_MAJOR = "1"
ONLY_IN_IDENTITY_TOKENS = ("at_hash", "c_hash", "nonce")


def hold(header: Claims, claims: Claims, issuer: TrustedIssuer, now: float) -> None:
    """Check a token whose signature holds. Raises `BadToken`."""
    if not issuer.names_itself(claims.get("iss")):
        raise BadToken("The token is of another issuer.")
    proved(claims, audiences=(issuer.audience, *issuer.more_audiences), now=now)
    _for_access(header, claims, issuer.profile)
    for name in NEEDED.get(issuer.profile, ()):
        if not claims.get(name):
            raise BadToken(f"The token lacks {name!r}, which its issuer's profile ({issuer.profile}) requires.")
    if issuer.profile is Profile.WLCG and str(claims["wlcg.ver"]).partition(".")[0] != WLCG_MAJOR:
        raise BadToken("The token is of a version of the WLCG profile that this service does not know.")


def bearer_only(claims: Claims) -> None:
    """A token that is bound to a key is no bearer token (RFC 9449, RFC 8705). Raises `BadToken`."""
    if "cnf" in claims:
        raise BadToken("The token is bound to a key; this service takes plain bearer tokens.")


def _for_access(header: Claims, claims: Claims, profile: Profile) -> None:
    """An identity token says who logged in at a client; it gives no right to anything."""
    kind = str(header.get("typ", "")).lower()
    if kind not in (ACCESS if profile is Profile.RFC9068 else MAY_BE):
        raise BadToken(f"This is a token of type {kind[:40]!r}; an access token is needed.")
    if any(name in claims for name in ONLY_IN_IDENTITY_TOKENS) or claims.get("typ", "Bearer") != "Bearer":
        raise BadToken("This is an identity token; an access token is needed.")
    bearer_only(claims)
