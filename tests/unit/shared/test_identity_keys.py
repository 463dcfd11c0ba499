"""An issuer's keys outlive its outage, meet its rotation, and are not asked for more often than needed."""

import asyncio

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey

from shared.failures import Transient
from shared.identity.discovery import Discovery
from shared.identity.issuers import TrustedIssuer
from shared.identity.keys import Keyring

URL = "https://iam.example.org"
ISSUER = TrustedIssuer(issuer=URL, audience="corale")
HOUR = 3600.0
KEYS = {name: ECKey.generate_key("P-256", {"kid": name}).as_dict(private=False) for name in ("old", "new")}


class World:
    """An issuer and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.away = False
        self.published: object = [KEYS["old"]]
        self.name = URL
        self.jwks = f"{URL}/jwk"
        self.fetches = 0
        self.slow: asyncio.Event | None = None
        self.begun = asyncio.Event()
        client = httpx.AsyncClient(transport=httpx.MockTransport(self))
        self.keyring = Keyring(Discovery(client, lambda: self.now), lambda: self.now)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.slow is not None:
            self.begun.set()
            await self.slow.wait()
        if self.away:
            raise httpx.ConnectTimeout("away")
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": self.name, "jwks_uri": self.jwks})
        self.fetches += 1
        return httpx.Response(200, json={"keys": self.published})

    async def kids(self, kid: str = "old") -> set[str | None]:
        """Which keys are believed when this one is wanted."""
        return {key.kid for key in (await self.keyring.keys(ISSUER, kid)).keys}


async def test_keys_are_fetched_again_after_six_hours() -> None:
    world = World()
    await world.kids()
    world.now += 5.9 * HOUR
    await world.kids()
    assert world.fetches == 1

    world.now += 0.2 * HOUR
    world.published = [KEYS["new"]]

    assert await world.kids() == {"new"}


async def test_keys_serve_through_an_outage_of_two_days_and_no_longer() -> None:
    world = World()
    await world.kids()
    world.away = True

    world.now += 47.9 * HOUR
    assert await world.kids() == {"old"}
    world.now += 0.2 * HOUR
    with pytest.raises(Transient):
        await world.kids()
    world.away = False
    world.now += 2
    assert await world.kids() == {"old"}


async def test_a_new_key_is_met_at_once_and_asking_for_what_nobody_has_is_not_an_attack_on_the_issuer() -> None:
    world = World()
    await world.kids()
    world.now += 60
    world.published = [KEYS["old"], KEYS["new"]]

    assert await world.kids("new") == {"old", "new"}
    for number in range(100):
        assert await world.kids(f"forged-{number}") == {"old", "new"}
    assert world.fetches == 2


async def test_many_who_come_at_once_have_the_keys_fetched_once() -> None:
    world = World()

    await asyncio.gather(*(world.kids() for _ in range(50)))

    assert world.fetches == 1


async def test_nobody_with_a_known_key_waits_for_the_fetch_that_another_one_began() -> None:
    world = World()
    await world.kids()
    world.now += 7 * HOUR
    world.slow = asyncio.Event()
    first = asyncio.create_task(world.kids())
    await world.begun.wait()

    assert await world.kids() == {"old"}
    assert not first.done()
    world.slow.set()
    await first


@pytest.mark.parametrize("published", [None, "keys", [{"kty": "RSA"}]])
async def test_what_is_no_list_of_keys_gives_none(published: object) -> None:
    world = World()
    world.published = published

    with pytest.raises(Transient):
        await world.kids()


async def test_a_shared_secret_and_a_key_for_encryption_among_the_keys_sign_nothing() -> None:
    world = World()
    secret = OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True)
    world.published = [KEYS["old"], secret, {**KEYS["new"], "use": "enc"}]

    assert await world.kids() == {"old"}


@pytest.mark.parametrize(("name", "jwks"), [("https://evil.example.org", f"{URL}/jwk"), (URL, "http://iam/jwk")])
async def test_a_description_of_somebody_else_or_without_protection_is_not_followed(name: str, jwks: str) -> None:
    world = World()
    world.name, world.jwks = name, jwks

    with pytest.raises(Transient):
        await world.kids()
    assert world.fetches == 0
