"""What an operator may say about the arithmetic. Log-odds add up; 0.7 makes even odds two to one."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from shared.contracts.vocabulary import Value

Probability = Annotated[float, Field(gt=0, lt=1)]
Duration = Annotated[float, Field(gt=0)]


class Prior(Value):
    """What is expected of a service before anything is known of it: times are seconds."""

    success: Probability = 0.85
    seconds_to_succeed: Duration = 600
    seconds_to_fail: Duration = 300


class Weights(Value):
    """Priors by service type, and what each thing known is worth in log-odds of success."""

    prior: Prior = Prior()
    priors: dict[str, Prior] = Field(default_factory=dict)
    available: float = 0.5
    unavailable: float = -3.0
    failure: float = -0.8
    observation_half_life: Annotated[timedelta, Field(gt=timedelta())] = timedelta(minutes=10)
    failure_half_life: Annotated[timedelta, Field(gt=timedelta())] = timedelta(hours=1)

    def prior_of(self, service_type: str) -> Prior:
        """The prior of a type of service; a type without its own has the common one."""
        return self.priors.get(service_type, self.prior)
