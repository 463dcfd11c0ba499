"""What the ranker itself knows while it handles one batch: what is held, how trials went, and what has changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from services.ranker.domain.amounts import NOTHING, Amounts
from services.ranker.domain.experience import Experience, after_trial
from services.ranker.domain.federation import Place
from services.ranker.domain.holding import Holding, HoldingState, Turn, follow
from shared.contracts.trials import TrialFailed, TrialSucceeded
from shared.contracts.vocabulary import AgreementId, DeploymentId, Revision, ServiceId, SiteId

Account = tuple[SiteId, ServiceId, AgreementId]
Key = tuple[DeploymentId, Revision, SiteId, ServiceId]


class Held:
    """Sums of what is held, by service and by agreement; `unseen` is the part that no count of usage can have seen."""

    def __init__(self, accounts: Mapping[Account, Amounts], unseen: Mapping[Place, Amounts]) -> None:
        self._places: dict[Place, Amounts] = {}
        self._agreements: dict[AgreementId, Amounts] = {}
        self._unseen = dict(unseen)
        for account, amounts in accounts.items():
            self._add(account, amounts)

    def at(self, place: Place) -> Amounts:
        """All that is held of a service."""
        return self._places.get(place, NOTHING)

    def unseen_at(self, place: Place) -> Amounts:
        """What is held of a service and not in the last count of its usage."""
        return self._unseen.get(place, NOTHING)

    def under(self, agreement: AgreementId) -> Amounts:
        """All that is held under an agreement."""
        return self._agreements.get(agreement, NOTHING)

    def change(self, account: Account, amounts: Amounts, unseen: Amounts) -> None:
        """Add what is newly held, or with less than nothing give it back."""
        self._add(account, amounts)
        place = account[:2]
        self._unseen[place] = self.unseen_at(place).plus(unseen)

    def __repr__(self) -> str:
        """All sums, in one order."""
        return repr([sorted(sums.items()) for sums in (self._places, self._agreements, self._unseen)])

    def _add(self, account: Account, amounts: Amounts) -> None:
        place, agreement = account[:2], account[2]
        self._places[place] = self.at(place).plus(amounts)
        self._agreements[agreement] = self.under(agreement).plus(amounts)


class Recalled(NamedTuple):
    """What the store remembers of the past, as far as a batch needs it."""

    holdings: Iterable[Holding] = ()
    accounts: Mapping[Account, Amounts] = {}
    unseen: Mapping[Place, Amounts] = {}
    experience: Mapping[Place, Experience] = {}


class Changes(NamedTuple):
    """What the store must remember from now on; accounts change by so much."""

    holdings: tuple[Holding, ...]
    gone: tuple[Key, ...]
    accounts: Mapping[Account, Amounts]
    experience: Mapping[Place, Experience]


class Books:
    """The books of one batch. What was entered earlier in the batch counts for what is ranked later in it."""

    def __init__(self, recalled: Recalled, counted: Mapping[Place, datetime], half_life: timedelta) -> None:
        """`counted` is when usage was last counted at each service where it is."""
        self.held = Held(recalled.accounts, recalled.unseen)
        self.experience = dict(recalled.experience)
        self._counted = counted
        self._half_life = half_life
        self._holdings: dict[DeploymentId, dict[Key, Holding]] = defaultdict(dict)
        self._touched: dict[Key, Holding | None] = {}
        self._accounts: dict[Account, Amounts] = {}
        self._learned: dict[Place, Experience] = {}
        for holding in recalled.holdings:
            self._holdings[holding.deployment][holding.key] = holding

    def failures(self, place: Place, at: datetime) -> float:
        """Recent failures of a service, faded to this time."""
        known = self.experience.get(place)
        return known.faded(at, self._half_life) if known else 0.0

    def enter(self, options: Iterable[Holding]) -> None:
        """Keep the candidates of a new ranking; the first is meant, and held until the deployment says otherwise."""
        for option in options:
            self._move(self._holdings[option.deployment].get(option.key), option, option.key)

    def follow(self, turn: Turn, at: datetime) -> None:
        """Have the effect of what was told of a deployment."""
        for holding in tuple(self._holdings[turn.deployment_id].values()):
            then = follow(holding, turn, at)
            if then is not holding:
                self._learn(holding, then, turn, at)
                self._move(holding, then, holding.key)

    def digest(self) -> str:
        """A text that is the same for the same sums and the same experience."""
        known = sorted((place, one.failures, one.at.isoformat()) for place, one in self.experience.items())
        return f"{self.held!r} {known!r}"

    def changes(self) -> Changes:
        """All that changed."""
        return Changes(
            holdings=tuple(holding for holding in self._touched.values() if holding is not None),
            gone=tuple(key for key, holding in self._touched.items() if holding is None),
            accounts={account: change for account, change in self._accounts.items() if change != NOTHING},
            experience=self._learned,
        )

    def _move(self, before: Holding | None, after: Holding | None, key: Key) -> None:
        self._touched[key] = after
        if after is None:
            self._holdings[key[0]].pop(key, None)
        else:
            self._holdings[key[0]][key] = after
        for holding, sign in ((before, -1), (after, 1)):
            if holding is not None and holding.is_held:
                self._book(holding, NOTHING.plus(holding.takes, sign))

    def _book(self, holding: Holding, amounts: Amounts) -> None:
        account = (holding.site, holding.service, holding.agreement)
        seen = holding.seen_by(self._counted.get(holding.place))
        self.held.change(account, amounts, NOTHING if seen else amounts)
        self._accounts[account] = self._accounts.get(account, NOTHING).plus(amounts)

    def _learn(self, before: Holding, after: Holding | None, turn: Turn, at: datetime) -> None:
        """A trial's first word counts; a fault that was not the site's says nothing about the site."""
        if after is None or before.state is not HoldingState.RUNNING:
            return
        match turn:
            case TrialFailed(site_fault=True) | TrialSucceeded():
                failed = isinstance(turn, TrialFailed)
                known = self.experience.get(before.place)
                learned = after_trial(known, failed=failed, at=at, half_life=self._half_life)
                self.experience[before.place] = self._learned[before.place] = learned
            case _:
                pass
