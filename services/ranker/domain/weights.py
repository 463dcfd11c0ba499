"""What an operator may say about the arithmetic. Log-odds add up; 0.7 makes even odds two to one."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from services.ranker.domain.experience import Fading
from shared.contracts.vocabulary import Value

Probability = Annotated[float, Field(gt=0, lt=1)]
Duration = Annotated[float, Field(gt=0)]
Positive = Annotated[timedelta, Field(gt=timedelta())]


class Prior(Value):
    """What is expected of a service before anything is known of it: times are seconds."""

    success: Probability = 0.85
    seconds_to_succeed: Duration = 600
    seconds_to_fail: Duration = 300


class Patience(Value):
    """How long a trial is given once it is known how long they take there.

    So many standard deviations over the mean of the logarithm, times `factor`, within bounds, and not before so many
    successes were seen there.
    """

    successes: Duration = 5
    deviations: Duration = 2.33
    factor: Duration = 1.5
    least: Positive = timedelta(minutes=5)
    most: Positive = timedelta(hours=24)


class Weights(Value):
    """Priors by service type, and what each thing known is worth: in log-odds of success, or in seconds.

    `prior_trials` is how many trials the prior is worth. `unavailable`, `degraded`, … are what it is worth to be that,
    with certainty and now. `cost` is seconds for one unit of money an hour, `data_away` seconds for data elsewhere.
    `legacy_defects` is for the strategy `legacy-cpr` alone: see `domain.cpr`.
    """

    prior: Prior = Prior()
    priors: dict[str, Prior] = Field(default_factory=dict)
    prior_trials: Duration = 4
    usual_spread: Duration = 0.5
    available: float = 0.5
    unavailable: float = -3.0
    degraded: float = -1.0
    unhealthy: float = -3.0
    availability: float = -3.0
    failure: float = -0.8
    full: float = -1.0
    full_below: Probability = 0.2
    emptier: float = 0.1
    stale: float = -0.5
    unreachable: float = -2.0
    unknown_limit: float = -0.3
    exact_flavour: float = 0.1
    cost: float = 60.0
    data_away: float = 600.0
    observation_half_life: Positive = timedelta(minutes=10)
    failure_half_life: Positive = timedelta(hours=1)
    experience_half_life: Positive = timedelta(days=14)
    fact_half_life: Positive = timedelta(days=7)
    unreachable_after: Positive = timedelta(hours=6)
    patience: Patience = Patience()
    legacy_defects: bool = False

    def prior_of(self, service_type: str) -> Prior:
        """The prior of a type of service; a type without its own has the common one."""
        return self.priors.get(service_type, self.prior)

    @property
    def fading(self) -> Fading:
        """How fast experience fades."""
        return Fading(self.experience_half_life, self.failure_half_life)
