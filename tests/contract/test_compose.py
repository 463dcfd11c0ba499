"""compose.yaml starts what `embedded` starts, with settings that the services know."""

import importlib
import importlib.util
import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic_settings import BaseSettings

from embedded.services import SERVICES, Service

ROOT = Path(__file__).parents[2]
MODULES = sorted({service.module for service in SERVICES})
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
SECRETS = {
    "CORALE_PASSWORD": "secret",
    "CORALE_SEALING_KEY": "A" * 43 + "=",
    "CORALE_SERVICE_KEY": json.dumps({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}),
    "CORALE_SERVICE_KEYS": json.dumps({"deployer": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}),
}


def settings_of(module: str) -> type[BaseSettings]:
    name = f"services.{module}.settings"
    if not (ROOT / "services" / module / "settings.py").exists():
        pytest.skip(f"{name} does not exist yet")
    found = vars(importlib.import_module(name)).values()
    own = [kind for kind in found if isinstance(kind, type) and kind.__module__ == name]
    return next(kind for kind in own if issubclass(kind, BaseSettings) and kind.model_config.get("env_prefix"))


def filled(value: object) -> str:
    return re.sub(r"\$\{(\w+)(:[?-][^}]*)?\}", lambda found: SECRETS[found.group(1)], str(value))


def test_starts_the_same_processes_as_the_embedded_system() -> None:
    for service in SERVICES:
        line = " ".join(["python", "-m", f"services.{service.module}", *service.arguments])
        assert COMPOSE[service.name]["command"].split() == line.split()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_variable_is_a_field_of_the_settings(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = settings_of(service.module)
    prefix = str(kind.model_config["env_prefix"])
    nested = kind.model_config.get("env_nested_delimiter") or "\0"
    for name, value in COMPOSE[service.name]["environment"].items():
        assert name.startswith(prefix)
        assert name.removeprefix(prefix).lower().partition(nested)[0] in kind.model_fields
        monkeypatch.setenv(name, filled(value))
    assert kind().model_fields_set


def test_whatever_must_be_up_first_has_a_health_check() -> None:
    for name, service in COMPOSE.items():
        for needed, how in service.get("depends_on", {}).items():
            waits_for_health = how["condition"] == "service_healthy"
            assert not waits_for_health or "healthcheck" in COMPOSE[needed], f"{name} waits for {needed}"


def test_nothing_is_open_to_other_machines() -> None:
    for service in COMPOSE.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
