"""Keys of a demo issuer: making them takes longer than a test."""

import pytest

from embedded.keys import Keys


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """For as long as the tests run."""
    return Keys(tmp_path_factory.mktemp("issuer") / "keys.json")
