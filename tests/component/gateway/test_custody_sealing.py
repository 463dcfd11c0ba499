"""What users entrust to us is sealed, whatever it is and wherever it stands."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import text

from services.gateway.adapters.custody_reseal import Resealing
from services.gateway.adapters.sealing import CannotOpen, Sealer
from services.gateway.adapters.sitevault_sealed import SealedSites
from services.gateway.adapters.vault import SealedVault
from services.gateway.app.sites import SiteKey
from services.gateway.ports import Secret
from shared.contracts.vocabulary import DeploymentId, Principal, TrialNo
from tests.component.gateway.custody_world import NEW, OLD, World
from tests.support.builders import GROUP, ISSUER, NOON

FIRST = TrialNo(1)


async def test_no_token_and_no_credential_stands_in_any_table(world: World) -> None:
    canaries = ("canary-given", "canary-inputs", "canary-site", "access-1", "refresh-1")
    await world.accept("d-1", token="canary-given", password="canary-inputs")
    await world.custody.round()
    key = SiteKey(world.ada().principal, GROUP, "aws")
    await SealedSites(world.sealer, world.database).put(key, {"password": "canary-site"}, NOON)

    async with world.database.transaction() as connection:
        names = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))
        for name in names.scalars().all():
            rows = (await connection.execute(text(f'SELECT * FROM "{name}"'))).all()
            seen = str(rows).encode() + b"".join(cell for row in rows for cell in row if isinstance(cell, bytes))
            assert not [canary for canary in canaries if canary.encode() in seen], name


async def test_everything_is_sealed_again_with_a_new_key_and_the_old_one_can_go(world: World) -> None:
    reference = await world.accept("d-1", password="s3cret")
    await world.custody.round()
    database, both, new = world.database, Sealer([NEW, OLD]), Sealer([NEW])
    key = SiteKey(world.ada().principal, None, "aws")
    await SealedSites(world.sealer, database).put(key, {"username": "AK"}, NOON)
    async with database.transaction() as connection:
        await world.vault.keep_outputs(connection, DeploymentId("d-1"), FIRST, {"kubeconfig": "x"})
        with pytest.raises(CannotOpen):
            await SealedVault(new, frozenset({ISSUER})).open(connection, reference, NOON)
        assert isinstance(await SealedVault(both, frozenset({ISSUER})).open(connection, reference, NOON), Secret)

    assert await Resealing(both, database).all() == 6
    assert await Resealing(both, database).all() == 0

    later = SealedVault(new, frozenset({ISSUER}))
    async with database.transaction() as connection:
        found = await later.open(connection, reference, NOON)
        assert await later.outputs(connection, DeploymentId("d-1"), FIRST) == {"kubeconfig": "x"}
    assert isinstance(found, Secret)
    assert (found.token, found.secret_inputs) == ("access-1", {"password": "s3cret"})
    assert await SealedSites(new, database).credentials(found, "aws") == {"username": "AK"}


async def test_many_values_are_sealed_again_in_many_small_transactions(plain: World) -> None:
    await asyncio.gather(*(plain.accept(f"d-{n}") for n in range(450)))

    assert await Resealing(Sealer([NEW, OLD]), plain.database).all() == 451


async def test_a_site_credential_is_its_owners_for_one_group_and_one_service(world: World) -> None:
    sites, ada = SealedSites(world.sealer, world.database), world.ada().principal
    await sites.put(SiteKey(ada, None, "aws"), {"username": "general"}, NOON)
    await sites.put(SiteKey(ada, GROUP, "aws"), {"username": "old"}, NOON)
    await sites.put(SiteKey(ada, GROUP, "aws"), {"username": "special"}, NOON)

    async def username(service: str, group: str | None = GROUP, **owner: str) -> Mapping[str, str]:
        who = Principal(**{"issuer": ISSUER, "subject": "ada", **owner})
        return await sites.credentials(Secret("t", {}, who, group), service)

    assert await username("aws") == {"username": "special"}
    assert await username("aws", "another") == await username("aws", None) == {"username": "general"}
    assert await username("azure") == await username("aws", subject="bob") == await username("aws", issuer="x") == {}
    assert [name[:2] for name in await sites.names(ISSUER, "ada")] == [("aws", None), ("aws", GROUP)]
    assert await sites.delete(SiteKey(ada, GROUP, "aws"))
    assert not await sites.delete(SiteKey(ada, GROUP, "aws"))
    assert await username("aws") == {"username": "general"}
