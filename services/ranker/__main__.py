"""`python -m services.ranker`."""

from services.ranker.main import build
from services.ranker.settings import RankerSettings
from shared.runtime.service import run
from shared.runtime.settings import load


def main() -> None:
    """Start the ranker; its settings are in the environment."""
    settings = load(RankerSettings)
    run(lambda: build(settings))


if __name__ == "__main__":
    main()
