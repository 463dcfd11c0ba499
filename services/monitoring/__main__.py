"""`python -m services.monitoring`; its settings are in the environment."""

from services.monitoring.main import build
from services.monitoring.settings import MonitoringSettings
from shared.runtime.service import run
from shared.runtime.settings import load


def start() -> None:
    """Serve until told to stop."""
    settings = load(MonitoringSettings)
    run(lambda: build(settings))


if __name__ == "__main__":
    start()
