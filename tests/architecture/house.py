"""The files of the house, as the rules read them."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
PRODUCT = ("services", "shared", "cli", "embedded", "benchmarks", "chaos", "docs")


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root of the house, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as Python understands it."""
        return ast.parse(self.text, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        """The path in pieces."""
        return PurePosixPath(self.path).parts

    @property
    def is_test(self) -> bool:
        """Whether the file lies among the tests."""
        return self.parts[0] == "tests"

    @property
    def module(self) -> str:
        """The dotted name one would import."""
        return ".".join(self.parts).removesuffix(".py").removesuffix(".__init__")

    def at(self, node: ast.stmt | ast.expr | ast.excepthandler) -> str:
        """Where a node stands, for people and editors."""
        return f"{self.path}:{node.lineno}"


def committed_files() -> tuple[str, ...]:
    """Every file that is in the repository or would be with the next commit."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(name for name in told.stdout.splitlines() if (ROOT / name).is_file()))


def sources() -> tuple[Source, ...]:
    """Every Python file of the house."""
    rooms = (*PRODUCT, "tests")
    names = (name for name in committed_files() if name.endswith(".py") and name.split("/")[0] in rooms)
    return tuple(Source(name, (ROOT / name).read_text()) for name in names)
