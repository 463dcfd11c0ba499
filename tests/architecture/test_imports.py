"""The import contracts of pyproject.toml hold on a clean house, and every one of them can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLEAN = {
    "cli/main.py": "",
    "embedded/main.py": "",
    "benchmarks/main.py": "import services.ranker.main",
    "chaos/main.py": "",
    "shared/contracts/message.py": "import pydantic",
    "shared/failures.py": "",
    "shared/identity/oidc.py": "import httpx\nimport shared.failures",
    "shared/messaging/kafka.py": "import aiokafka\nimport shared.contracts.message",
    "shared/runtime/service.py": "import uvicorn\nimport shared.messaging.kafka",
    "services/cmdb/main.py": "",
    "services/deployer/backends/im/backend.py": "import httpx",
    "services/deployer/backends/heat/backend.py": "import httpx",
    "services/gateway/domain/tosca/parse.py": "import yaml\nimport toscaparser",
    "services/monitoring/main.py": "",
    "services/ranker/main.py": "import shared.runtime.service\nimport services.ranker.settings",
    "services/ranker/settings.py": "",
    "services/ranker/handlers.py": "import services.ranker.app.rank",
    "services/ranker/app/rank.py": "import shared.messaging.kafka\nimport services.ranker.domain.rank",
    "services/ranker/ports.py": "",
    "services/ranker/domain/rank.py": "import shared.failures",
    "services/slam/main.py": "",
}
BROKEN = {
    "services never import each other": {"services/slam/main.py": "import services.cmdb.main"},
    "shared knows no service and nobody who runs services": {"shared/failures.py": "import services.slam.main"},
    "inside shared, plumbing stands on the language": {"shared/odds.py": ""},
    "inside a service, arrows point to the domain and every file is on the map": {"services/slam/helpers.py": ""},
    "domains and contracts are pure": {"services/ranker/domain/rank.py": "import random"},
    "contracts stand on pydantic and the standard library alone": {"shared/contracts/message.py": "import yaml"},
    "ports and use cases know no wire, no driver and no web framework": {"services/ranker/ports.py": "import httpx"},
    "only the plumbing touches Kafka, the database driver and the web server": {
        "services/ranker/handlers.py": "import aiokafka"
    },
    "only the gateway knows TOSCA as a language": {"services/cmdb/main.py": "import toscaparser"},
    "backends never import each other": {
        "services/deployer/backends/heat/backend.py": "import services.deployer.backends.im.backend"
    },
    "the command and the embedded system see services from outside only": {
        "embedded/main.py": "import services.slam.main"
    },
    "the command is a client like any other": {"cli/main.py": "import shared.runtime.service"},
    "nobody imports benchmarks or chaos": {"embedded/main.py": "import services.slam.main\nimport benchmarks.main"},
}


def test_a_clean_house_keeps_every_contract(tmp_path: Path) -> None:
    verdicts = _lint(tmp_path, CLEAN)
    assert {name for name, verdict in verdicts.items() if verdict != "KEPT"} == set()


def test_every_contract_can_be_broken(tmp_path: Path) -> None:
    house = dict(CLEAN)
    for change in BROKEN.values():
        house |= change
    verdicts = _lint(tmp_path, house)
    assert set(verdicts) == set(BROKEN), "each contract has its planted violation here"
    assert {name for name, verdict in verdicts.items() if verdict != "BROKEN"} == set()


@pytest.mark.parametrize("stray", ["helpers.py", "utils/tools.py", "models.py"])
def test_a_file_that_is_not_on_the_map_breaks_the_build(tmp_path: Path, stray: str) -> None:
    verdicts = _lint(tmp_path, CLEAN | {f"services/slam/{stray}": ""})
    assert {name for name, verdict in verdicts.items() if verdict == "BROKEN"} == {
        "inside a service, arrows point to the domain and every file is on the map"
    }


def _lint(house: Path, files: dict[str, str]) -> dict[str, str]:
    for name, text in files.items():
        file = house / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
        for folder in (parent for parent in file.parents if parent.is_relative_to(house) and parent != house):
            (folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", house)
    script = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    told = subprocess.run([sys.executable, "-c", script], cwd=house, capture_output=True, text=True, check=False)
    lines = [line.rpartition(" ")[::2] for line in told.stdout.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    assert lines, told.stdout + told.stderr
    return dict(lines)
