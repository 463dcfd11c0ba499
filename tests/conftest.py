"""What a test may touch, and for how long, follows from where it lies: `tests/unit/…` is a unit test, and so on."""

from pathlib import Path

import hypothesis
import pytest

from tests.support.issuer import keys
from tests.support.postgres import fresh, postgres

__all__ = ["fresh", "keys", "postgres"]

TESTS = Path(__file__).parent
SECONDS = {"unit": 10, "contract": 20, "architecture": 60, "component": 60, "system": 60, "integration": 240}
WITHOUT_SOCKETS = ("unit", "contract")
EXPLORING = "explore"

# Speed is a benchmark's business: a test that fails on a busy machine teaches people to run it again.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.register_profile(EXPLORING, deadline=None, print_blob=True, max_examples=1000)
hypothesis.settings.load_profile("house")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test by its folder and bound its time; those that touch nothing get no socket (pytest-socket)."""
    patience = 60 if config.getoption("--hypothesis-profile") == EXPLORING else 1
    for item in items:
        kind = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
        if kind in SECONDS:
            item.add_marker(kind)
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(SECONDS[kind] * patience))
        if kind in WITHOUT_SOCKETS:
            item.add_marker(pytest.mark.disable_socket)
