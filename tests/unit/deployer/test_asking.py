"""What is asked of the vault before a site is asked, and what its answers mean."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from services.deployer.app.ask import Asking
from services.deployer.domain.outcomes import Created, Unasked, Withheld
from services.deployer.domain.trial import Answer, Errand, Trial
from services.deployer.ports import Access, CredentialGone, NoVault
from shared.contracts.topology import Json
from shared.contracts.vocabulary import (
    BackendName,
    CredentialRef,
    DeploymentId,
    Principal,
    Revision,
    ServiceId,
    TrialNo,
)
from tests.support.backend import ScriptedBackend
from tests.support.builders import ISSUER, a_candidate, a_request

TRIAL = Trial(
    deployment_id=DeploymentId("d-1"),
    number=TrialNo(1),
    revision=Revision(1),
    backend=BackendName("im"),
    errand=Errand(
        owner=Principal(issuer=ISSUER, subject="ada"), credential=CredentialRef("c"), candidate=a_candidate("bari")
    ),
)


class Vault:
    """Gives access, or says why not."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.asked: list[tuple[CredentialRef, ServiceId | None]] = []

    async def access(self, reference: CredentialRef, service: ServiceId | None = None) -> Access:
        self.asked.append((reference, service))
        if self.fault is not None:
            raise self.fault
        return Access("a-token")

    async def keep(self, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]) -> None:
        """Nothing is secret here."""


def answers(vault: Vault, trial: Trial = TRIAL) -> tuple[Answer, ...]:
    """What comes of asking."""
    asking = Asking(ScriptedBackend(needs_access=True), vault, timeout=timedelta(seconds=5))
    return asyncio.run(asking.ask(trial, a_request("d-1")))


def test_the_account_at_a_service_is_asked_for_only_where_one_is_needed() -> None:
    vault = Vault()
    theirs = TRIAL.errand.candidate.model_copy(update={"credentials_required": True})

    assert answers(vault)[0] == Created("vm-1")
    answers(vault, replace(TRIAL, errand=TRIAL.errand.model_copy(update={"candidate": theirs})))

    assert vault.asked == [("c", None), ("c", theirs.service)]


def test_without_the_vault_the_site_is_not_asked_and_not_blamed() -> None:
    away = NoVault("the vault cannot be reached", timedelta(seconds=2))
    assert answers(Vault(away)) == (Unasked("the vault cannot be reached", timedelta(seconds=2)),)


def test_a_lost_right_is_waited_for() -> None:
    assert answers(Vault(CredentialGone("Log in again."))) == (Withheld("Log in again."),)
