"""`python -m services.slam`; its settings are in the environment."""

from services.slam.main import build
from services.slam.settings import SlamSettings
from shared.runtime.service import run
from shared.runtime.settings import load


def start() -> None:
    """Serve until told to stop."""
    settings = load(SlamSettings)
    run(lambda: build(settings))


if __name__ == "__main__":
    start()
