"""What is expected of a trial, from experience alone: how likely it succeeds, and how long either end takes.

Experience is pooled in steps, each a prior for the next: the operator's prior for the type of service; all trials at
the service; and, moved by how much harder or longer this sort of topology is everywhere, trials of this sort at the
service. Counts are those of a Beta distribution; durations are means of logarithms.
"""

from typing import NamedTuple

import numpy as np

from services.ranker.domain.columns import Columns, Floats
from services.ranker.domain.experience import EVERY_SORT, EVERYWHERE, Experience, Lore
from services.ranker.domain.offer import Place
from services.ranker.domain.table import Table
from services.ranker.domain.weights import Weights

SUCCEEDED, FAILED, RECENT, LOG_GOOD, SPREAD, LOG_BAD, AT = range(len(Experience._fields))
SURE = 1e-4


class Outlook(NamedTuple):
    """For every row: chance of success, seconds to succeed and to fail, recent failures, fading counts of evidence.

    `spread` is the standard deviation of the logarithm of seconds to succeed.
    """

    success: Floats
    good: Floats
    bad: Floats
    recent: Floats
    succeeded: Floats
    failed: Floats
    spread: Floats


class _Counted(NamedTuple):
    """Experience faded to now."""

    good: Floats
    bad: Floats
    recent: Floats
    log_good: Floats
    spread: Floats
    log_bad: Floats


def outlook(table: Table, lore: Lore, sort: str, at: float, weights: Weights) -> Outlook:
    """The outlook of every row for a topology of this sort."""
    here = _at_rows(lore.of_sort(EVERY_SORT), table, at, weights)
    same = _at_rows(lore.of_sort(sort), table, at, weights)
    everywhere, alike = (_everywhere(lore.of_sort(one), at, weights) for one in (EVERY_SORT, sort))
    priors = [weights.prior_of(name) for name in table.types]
    base = np.array([(one.success, np.log(one.seconds_to_succeed), np.log(one.seconds_to_fail)) for one in priors])
    success, log_good, log_bad = (column[table.type_of] for column in base.reshape(-1, 3).T)
    firm, (likelier, longer) = weights.prior_trials, _shift(everywhere, alike, weights)
    at_place = _beta(here, success, firm)
    success = _beta(same, logistic(logit(at_place) + likelier) if likelier else at_place, firm)
    log_good = _mean(here.log_good, here.good, log_good, 1.0)
    log_good = _mean(same.log_good, same.good, log_good + longer, 1.0)
    log_bad = _mean(here.log_bad, here.bad, log_bad, 1.0)
    spread = (weights.usual_spread**2 * firm + same.good * same.spread) / (firm + same.good)
    return Outlook(success, np.exp(log_good), np.exp(log_bad), here.recent, same.good, same.bad, np.sqrt(spread))


def logit(success: Floats) -> Floats:
    """Log-odds, of what is neither certain nor impossible."""
    clipped = np.clip(success, SURE, 1 - SURE)
    return np.asarray(np.log(clipped / (1 - clipped)))


def logistic(odds: Floats) -> Floats:
    """The probability of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30.0, 30.0))))


def _at_rows(known: Columns[Place], table: Table, at: float, weights: Weights) -> _Counted:
    seats = known.seats(table.places, len(table)) if len(known) else np.zeros(len(table), np.intp)
    return _Counted(*(column[seats] for column in _faded(known.values, at, weights)))


def _everywhere(known: Columns[Place], at: float, weights: Weights) -> _Counted:
    return _faded(known.of((EVERYWHERE,)), at, weights)


def _faded(known: Floats, at: float, weights: Weights) -> _Counted:
    age = np.minimum(0.0, known[:, AT] - at) * np.log(2)
    kept = np.exp(age / weights.experience_half_life.total_seconds())
    recent = np.exp(age / weights.failure_half_life.total_seconds())
    return _Counted(
        known[:, SUCCEEDED] * kept,
        known[:, FAILED] * kept,
        known[:, RECENT] * recent,
        known[:, LOG_GOOD],
        known[:, SPREAD],
        known[:, LOG_BAD],
    )


def _shift(everywhere: _Counted, alike: _Counted, weights: Weights) -> tuple[float, float]:
    """How many log-odds likelier, and how many times (as a logarithm) longer, this sort is than all sorts together."""
    usual = np.array([weights.prior.success])
    all_sorts = _beta(everywhere, usual, weights.prior_trials)
    odds = logit(_beta(alike, all_sorts, weights.prior_trials)) - logit(all_sorts)
    longer = _mean(alike.log_good, alike.good, everywhere.log_good, 1.0) - everywhere.log_good
    return float(odds[0]), float(longer[0])


def _beta(known: _Counted, prior: Floats, firm: float) -> Floats:
    return np.asarray((known.good + firm * prior) / (known.good + known.bad + firm))


def _mean(mean: Floats, count: Floats, prior: Floats, firm: float) -> Floats:
    return np.asarray((count * mean + firm * prior) / (count + firm))
