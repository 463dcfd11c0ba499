"""When an agreement is in force, and what has changed between the agreements we know and those we see."""

from collections.abc import Mapping
from datetime import datetime

from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.vocabulary import AgreementId


def in_force(agreement: AgreementChanged, at: datetime) -> bool:
    """Whether it gives any right at that moment: active, begun and not over. Its last moment is just before `ends`."""
    begun = agreement.starts <= at
    over = agreement.ends is not None and at >= agreement.ends
    return agreement.state is AgreementState.ACTIVE and begun and not over


def diff(
    known: Mapping[AgreementId, AgreementChanged], seen: Mapping[AgreementId, AgreementChanged | None]
) -> tuple[AgreementChanged, ...]:
    """What must be told so that who knew `known` knows `seen`, in the order of the agreements' ids.

    `None` is an agreement that is there and cannot be understood now: it stays as it is known. One that is seen no
    more is terminated, and told so once.
    """
    changed = [agreement for agreement in seen.values() if agreement and known.get(agreement.agreement) != agreement]
    gone = [
        agreement.model_copy(update={"state": AgreementState.TERMINATED})
        for agreement in known.values()
        if agreement.agreement not in seen and agreement.state is not AgreementState.TERMINATED
    ]
    return tuple(sorted([*changed, *gone], key=lambda agreement: agreement.agreement))
