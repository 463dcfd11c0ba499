"""`python -m services.cmdb`; its settings are in the environment."""

from services.cmdb.main import build
from services.cmdb.settings import CmdbSettings
from shared.runtime.service import run
from shared.runtime.settings import load


def start() -> None:
    """Serve until told to stop."""
    settings = load(CmdbSettings)
    run(lambda: build(settings))


if __name__ == "__main__":
    start()
