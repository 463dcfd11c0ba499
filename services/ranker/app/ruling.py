"""Keeps the method at what the rules folder says; a file that cannot be read leaves its last good rules standing."""

import logging
from collections.abc import Callable
from itertools import chain

from services.ranker.domain.rank import Method
from services.ranker.domain.rules.rule import Rules
from services.ranker.domain.rules.ruled import ruled
from services.ranker.ports import RulesSource
from shared.runtime.yaml_files.standing import Standing

log = logging.getLogger(__name__)


class Ruling:
    """One look at the folder per call. `standing` has what was wrong at the last one."""

    def __init__(self, source: RulesSource | None, plain: Method, use: Callable[[Method], None]) -> None:
        """`use` is told of every change of the method. Without a source there are no rules, ever."""
        self.standing = Standing(log)
        self._source = source
        self._plain = plain
        self._use = use
        self._files: dict[str, Rules] = {}
        self._rules: Rules | None = None

    @property
    def rules(self) -> Rules:
        """Those in force, in the order in which they have their say."""
        return self._rules or ()

    def known(self) -> bool:
        """Whether the folder could be read at all; before that nothing may be ranked."""
        return self._source is None or self._rules is not None

    async def check(self) -> str | None:
        """For the readiness."""
        return None if self.known() else "the rules folder could not be read yet; see /problems"

    async def refresh(self) -> None:
        """Read the folder, and rank by what it says from now on."""
        if self._source is None:
            return
        seen = await self._source.read()
        self.standing.note(seen)
        if not seen.there:
            return
        good = {name: self._files.get(name) if rules is None else rules for name, rules in seen.files.items()}
        self._files = {name: rules for name, rules in good.items() if rules is not None}
        rules = tuple(chain.from_iterable(self._files[name] for name in sorted(self._files)))
        if rules != self._rules:
            self._rules = rules
            self._use(ruled(self._plain, rules))
            log.info("%d rules are in force", len(rules))
        self.standing.settle()
