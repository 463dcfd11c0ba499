"""How a folder stood at the last look, told to who asks: the log, the readiness and the readers of the API."""

from dataclasses import dataclass
from logging import Logger

from shared.runtime.yaml_files.reading import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What one look at a folder says of the folder itself.

    `there` is false when it cannot be listed, which says nothing about its entries.
    """

    problems: tuple[Problem, ...] = ()
    there: bool = True


class Standing:
    """How the federation folder stood at the last look. `problems` is what was wrong; `log` is that of who looks."""

    def __init__(self, log: Logger) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._log = log
        self._trouble: str | None = "the federation folder has not been read yet"

    def note(self, look: Look) -> None:
        """Take what a look says. A problem goes to the log once, for as long as it lasts."""
        for problem in look.problems:
            if problem not in self.problems:
                self._log.error("%s", problem)
        self.problems = look.problems
        if not look.there:
            self._trouble = "the federation folder cannot be read; see /problems"

    def settle(self) -> None:
        """What the look saw is in the store now; there is no trouble left."""
        self._trouble = None

    async def check(self) -> str | None:
        """For the readiness: a broken file is no reason to do without the others, an unreadable folder is."""
        return self._trouble
