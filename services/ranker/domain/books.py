"""What the ranker itself knows while it handles one batch: what is held, how trials went, and what has changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from services.ranker.domain.amounts import NOTHING, Amounts
from services.ranker.domain.experience import EVERY_SORT, Experience, Fading, Lore, Outcome, Topic, after
from services.ranker.domain.held import Account, Held
from services.ranker.domain.holding import Holding, HoldingState, Key, Turn, follow
from services.ranker.domain.offer import Place
from services.ranker.domain.table import Tenancy
from shared.contracts.trials import TrialFailed, TrialSucceeded
from shared.contracts.vocabulary import DeploymentId

Share = tuple[str, Account]
"""A user's part of what is held on an account."""


class Recalled(NamedTuple):
    """What the store remembers of the past, as far as a batch needs it: of users, those who ask in it.

    `lore` and `held` are used and not changed; without them there is what `experience`, `accounts` and `unseen` say.
    """

    holdings: Iterable[Holding] = ()
    accounts: Mapping[Account, Amounts] = {}
    unseen: Mapping[Tenancy, Amounts] = {}
    experience: Mapping[Topic, Experience] = {}
    shares: Mapping[Share, Amounts] = {}
    lore: Lore | None = None
    held: Held | None = None


class Changes(NamedTuple):
    """What the store must remember from now on; accounts change by so much."""

    holdings: tuple[Holding, ...]
    gone: tuple[Key, ...]
    accounts: Mapping[Account, Amounts]
    experience: Mapping[Topic, Experience]


class Books:
    """The books of one batch. What was entered earlier in the batch counts for what is ranked later in it."""

    def __init__(self, recalled: Recalled, counted: Mapping[Place, datetime], fading: Fading) -> None:
        """`counted` is when usage was last counted at each service where it is."""
        self.held = recalled.held.fork() if recalled.held else Held(recalled.accounts, {})
        self.held.miss(recalled.unseen)
        self.lore = recalled.lore.fork() if recalled.lore else Lore(recalled.experience)
        self._shares = dict(recalled.shares)
        self._counted = counted
        self._fading = fading
        self._holdings: dict[DeploymentId, dict[Key, Holding]] = defaultdict(dict)
        self._touched: dict[Key, Holding | None] = {}
        self._accounts: dict[Account, Amounts] = {}
        self._learned: dict[Topic, Experience] = {}
        for holding in recalled.holdings:
            self._holdings[holding.deployment][holding.key] = holding

    def failures(self, place: Place, at: datetime) -> float:
        """Recent failures of a service, faded to this time."""
        known = self.lore.get((place, EVERY_SORT))
        age = max(0.0, at.timestamp() - known.at)
        return known.recent * float(0.5 ** (age / self._fading.recent.total_seconds()))

    def shares_of(self, owner: str) -> Iterable[tuple[Account, Amounts]]:
        """What a user who asks in this batch holds, by account."""
        return ((account, amounts) for (who, account), amounts in self._shares.items() if who == owner)

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

    def learn(self, outcome: Outcome) -> None:
        """Remember how a trial ended."""
        for topic in outcome.topics():
            learned = after(self.lore.get(topic), outcome, self._fading)
            self.lore.put(topic, learned)
            self._learned[topic] = learned

    def digest(self) -> str:
        """A text that is the same for the same sums and the same experience."""
        return f"{self.held!r} {sorted(self._shares.items())!r} {list(self.lore)!r}"

    def changes(self) -> Changes:
        """All that changed."""
        return Changes(
            holdings=tuple(holding for holding in self._touched.values() if holding is not None),
            gone=tuple(key for key, holding in self._touched.items() if holding is None),
            accounts={account: change for account, change in self._accounts.items() if change != NOTHING},
            experience=self._learned,
        )

    def _move(self, before: Holding | None, after_it: Holding | None, key: Key) -> None:
        self._touched[key] = after_it
        if after_it is None:
            self._holdings[key[0]].pop(key, None)
        else:
            self._holdings[key[0]][key] = after_it
        for holding, sign in ((before, -1), (after_it, 1)):
            if holding is not None and holding.is_held:
                self._book(holding, NOTHING.plus(holding.takes, sign))

    def _book(self, holding: Holding, amounts: Amounts) -> None:
        account, share = holding.account, (holding.owner, holding.account)
        seen = holding.seen_by(self._counted.get(holding.place))
        self.held.change(account, amounts, NOTHING if seen else amounts)
        self._accounts[account] = self._accounts.get(account, NOTHING).plus(amounts)
        self._shares[share] = self._shares.get(share, NOTHING).plus(amounts)

    def _learn(self, before: Holding, then: Holding | None, turn: Turn, at: datetime) -> None:
        """A trial's first word counts; a fault that was not the site's says nothing about the site."""
        if then is None or before.state is not HoldingState.RUNNING:
            return
        match turn:
            case TrialFailed(site_fault=True) | TrialSucceeded():
                failed, took = isinstance(turn, TrialFailed), (at - before.since).total_seconds()
                self.learn(Outcome(before.place, before.sort, failed, took, at.timestamp()))
            case _:
                pass
