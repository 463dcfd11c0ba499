"""`python -m services.gateway`."""

from services.gateway.main import build
from services.gateway.settings import GatewaySettings
from shared.runtime.service import run
from shared.runtime.settings import load

if __name__ == "__main__":
    settings = load(GatewaySettings)
    run(lambda: build(settings))
