"""What trials tell of the services they were at: a success, or a failure for which the site is to blame."""

from collections.abc import Iterable, Sequence

from services.monitoring.app.keeping import Keeping
from services.monitoring.app.refresh import TRIALS
from services.monitoring.domain.sighting import Sighting
from services.monitoring.ports import Rota, Trial, Trials
from shared.contracts.envelope import Envelope
from shared.contracts.sites import SiteObserved
from shared.contracts.trials import TrialFailed, TrialStarted, TrialSucceeded
from shared.contracts.vocabulary import Cause, DeploymentId, TrialNo
from shared.messaging.transaction import Work

SOURCE = "the deployments' own trials"
PERSONAL = frozenset({Cause.QUOTA, Cause.AUTH})
"""What the site says to one group or user, and would not say to another: seen, but no sign of how it is doing."""


class Experience:
    """Hears of trials. Whose deployment it was is nobody's business here."""

    def __init__(self, trials: Trials, rota: Rota, keeping: Keeping) -> None:
        self._trials = trials
        self._rota = rota
        self._keeping = keeping

    async def hear(self, work: Work, told: Sequence[Envelope]) -> None:
        """Remember where trials are; of those that ended, keep what they say of watched services."""
        await self._trials.started(work.connection, [trial for envelope in told for trial in _begun(envelope)])
        ended = [envelope for envelope in told if isinstance(envelope.body, TrialSucceeded | TrialFailed)]
        if not ended:
            return
        where = await self._trials.ended(work.connection, {_id(envelope.body) for envelope in ended})
        sightings = [one for envelope in ended for one in _sightings(envelope, where.get(_id(envelope.body)))]
        sites = {sighting.observed.site for sighting in sightings}
        watched = await self._rota.watching(work.connection, sites) if sites else {}
        services = {(site, service) for site, one in watched.items() for service in one.services}
        await self._keeping.keep(work, [one for one in sightings if one.lane[:2] in services])


def _begun(envelope: Envelope) -> Iterable[Trial]:
    if isinstance(envelope.body, TrialStarted):
        body = envelope.body
        yield Trial(body.deployment_id, body.trial, (body.site, body.service), envelope.time)


def _id(body: object) -> tuple[DeploymentId, TrialNo]:
    assert isinstance(body, TrialSucceeded | TrialFailed)  # noqa: S101 - sorted out above
    return body.deployment_id, body.trial


def _sightings(envelope: Envelope, trial: Trial | None) -> Iterable[Sighting]:
    """A success or a failure of the site; a template that was wrong says nothing of the site."""
    verdict: bool | None
    match envelope.body:
        case TrialFailed(site_fault=True, cause=cause):
            verdict = None if cause in PERSONAL else False
            sentence = f"A trial failed here for a reason of the site's: {cause.value}."
        case TrialSucceeded():
            verdict, sentence = True, "A trial succeeded here."
        case _:
            return
    if trial is None:
        return
    site, service = trial.place
    metrics = {"trial_result": float(verdict or False)}
    if verdict:
        metrics["trial_responseTime"] = round((envelope.time - trial.started_at).total_seconds() * 1000, 3)
    observed = SiteObserved(
        site=site,
        service=service,
        collector=TRIALS,
        observed_at=envelope.time,
        available=verdict,
        source=SOURCE,
        metrics=metrics,
        sentence=sentence,
    )
    yield Sighting(observed, event=True)
