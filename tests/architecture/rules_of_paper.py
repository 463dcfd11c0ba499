"""Rules about files that are not code, and about what no committed file may hold. Each yields what breaks it."""

import re
from collections.abc import Iterable, Iterator, Mapping

REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
        ("registry", "npmjs", "org"),
        ("registry-1", "docker", "io"),
        ("deb", "debian", "org"),
    )
)
LOCK_PLACES = re.compile(r"^\s*(--(extra-)?index-url|--find-links|-[if] )|https?://", re.MULTILINE)
CATALOGUES = "services/gateway/domain/tosca/catalogue/"
MACHINE = re.compile("(?<![A-Za-z0-9_.-])/(?:work|home|root)/[a-z]")
NAMED_TEST = re.compile(r"`(tests/[\w/.]+\.py)::(\w+)`")
DECISION_PARTS = ("## Context", "## Decision", "## Consequences")
MAX_DECISION_LINES = 40
CHANGELOG_PARTS = ("## [Unreleased]", "### Contracts")
TARGETS = (
    "setup",
    "demo",
    "test",
    "check",
    "up",
    "down",
    "clean",
    "bench",
    "replay",
    "test-identity",
    "chaos",
    "contracts",
    "new-backend",
)


def no_file_names_a_registry(files: Mapping[str, str]) -> Iterator[str]:
    """Where packages come from is each machine's own business; a name in a file overrides it and fails elsewhere."""
    for name, text in files.items():
        for registry in REGISTRIES:
            if registry in text:
                yield f"{name}: names {registry}"
        if name.endswith(".lock") and LOCK_PLACES.search(text):
            yield f"{name}: says where packages come from"


def no_file_names_this_machine(files: Mapping[str, str]) -> Iterator[str]:
    """A path of its author's machine works for its author only."""
    for name, text in files.items():
        if name.startswith(CATALOGUES):
            continue  # the types of the field name folders on the users' machines
        if found := MACHINE.search(text):
            yield f"{name}: holds a path of one machine ({found.group()}…)"


def every_decision_is_told_whole(decisions: Mapping[str, str]) -> Iterator[str]:
    """A decision without its context is repeated as a rite, one without consequences is never reconsidered."""
    for number, (name, text) in enumerate(sorted(decisions.items()), start=1):
        if not name.startswith(f"{number:04}-"):
            yield f"{name}: number {number:04} is missing or taken twice"
        for part in DECISION_PARTS:
            if part not in text.splitlines():
                yield f"{name}: has no `{part}`"
        if (lines := len(text.splitlines())) > MAX_DECISION_LINES:
            yield f"{name}: {lines} lines; half a page is enough"


def the_changelog_tells_of_contracts(changelog: str) -> Iterator[str]:
    """Who runs a reader of our topics must see what changed on the wire without reading code."""
    for part in CHANGELOG_PARTS:
        if part not in changelog.splitlines():
            yield f"CHANGELOG.md: has no `{part}`"


def every_named_test_is_there(paper: str, files: Mapping[str, str]) -> Iterator[str]:
    """A claim whose test is gone is a claim of nobody's."""
    for file, test in NAMED_TEST.findall(paper):
        if f"def {test}(" not in files.get(file, ""):
            yield f"docs/security.md: names {file}::{test}, which is not there"


def every_target_is_there(makefile: str, targets: Iterable[str] = TARGETS) -> Iterator[str]:
    """The README, CI and the pre-commit hook call these by name."""
    for target in targets:
        if not re.search(rf"^{re.escape(target)}\s*:", makefile, re.MULTILINE):
            yield f"Makefile: has no target `{target}`"
