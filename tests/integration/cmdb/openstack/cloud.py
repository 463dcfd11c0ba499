"""A real OpenStack without machines: Keystone, Nova's API and Glance, in an environment of their own, on SQLite."""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from embedded import environment
from embedded.machine import Missing
from embedded.parts import Parts
from embedded.ports import Ports
from embedded.processes import Command
from shared.contracts.topology import Json

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
REGION, ADMIN = "RegionOne", "admin-pw"
MODULES = {"keystone": "keystone.wsgi.api", "nova": "nova.wsgi.osapi_compute", "glance": "glance.wsgi.api"}
KEYSTONE = """
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/keys
[credential]
key_repository = {folder}/creds
[identity]
password_hash_rounds = 4
[cache]
enabled = false
"""
AUTH = f"""
[oslo_policy]
enforce_scope = false
enforce_new_defaults = false
[keystone_authtoken]
auth_type = password
auth_url = {{keystone}}/v3
www_authenticate_uri = {{keystone}}/v3
user_domain_id = default
project_domain_id = default
project_name = admin
username = admin
password = {ADMIN}
service_token_roles_required = false
"""
NOVA = """
[DEFAULT]
transport_url = fake://
state_path = {folder}
host = fake1
[database]
connection = sqlite:///{folder}/nova.db
[api_database]
connection = sqlite:///{folder}/nova_api.db
[oslo_concurrency]
lock_path = {folder}/lock
"""
GLANCE = """
[DEFAULT]
enabled_backends = fs:file
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = {folder}/images
[os_glance_tasks_store]
filesystem_store_datadir = {folder}/tasks
[os_glance_staging_store]
filesystem_store_datadir = {folder}/staging
[database]
connection = sqlite:///{folder}/glance.db
[paste_deploy]
flavor = keystone
config_file = {home}/etc/glance/glance-api-paste.ini
"""
KEYSTONE_STEPS = """
db_sync
fernet_setup --keystone-user {user} --keystone-group {group}
credential_setup --keystone-user {user} --keystone-group {group}
bootstrap --bootstrap-password {password} --bootstrap-region-id {region} \
 --bootstrap-public-url http://127.0.0.1:5000/v3 --bootstrap-internal-url http://127.0.0.1:5000/v3
"""
NOVA_STEPS = """
api_db sync
cell_v2 map_cell0 --database_connection sqlite:///{folder}/nova_cell0.db
cell_v2 create_cell --name cell1
db sync
"""


@dataclass
class OpenStack:
    """Where Keystone is, and a way to change things as its administrator."""

    parts: Parts
    url: str
    services: Mapping[str, str]
    token: str = ""

    def ask(self, method: str, url: str, body: Json = None, *, kind: str = "application/json") -> Json:
        """As the administrator. Raises `urllib.error.HTTPError`."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        request = Request(url, content, {"Content-Type": kind, "X-Auth-Token": self.token}, method=method)
        with urlopen(request, timeout=30) as answer:
            said = answer.read()
            self.token = answer.headers.get("X-Subject-Token") or self.token
        return json.loads(said) if said else None

    def keystone(self, method: str, path: str, body: Json = None) -> Json:
        """Keystone's part of it."""
        return self.ask(method, f"{self.url}/v3{path}", body)


def openstack(parts: Parts, folder: Path) -> OpenStack:
    """Starts it. Raises `Missing` with what this machine lacks."""
    python = _interpreter(parts.places.cache)
    free = Ports(parts.places.var / "openstack-ports.json", print, usual=False)
    urls = {name: f"http://127.0.0.1:{free.of(name)}" for name in MODULES}
    _configure(folder, python.parent.parent, urls["keystone"])
    _fill(python.parent.parent, folder, urls["keystone"])
    for name, module in MODULES.items():
        port = urls[name].rpartition(":")[2]
        command = Command((str(python), str(HERE / "serve.py"), port, module, "application"), _variables(folder))
        parts.begin(name, command, _answers(urls[name]), urls[name])
    parts.wait_ready(*MODULES, timeout=90)
    return OpenStack(parts, urls["keystone"], urls)


def _interpreter(cache: Path) -> Path:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    mark = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    home = cache / f"openstack-{mark}-py{version}"
    return environment.make(home, LOCK, _announce)


def _announce() -> None:
    sys.stderr.write("installing Keystone, Nova and Glance (400 MB, once)\n")


def _configure(folder: Path, home: Path, keystone: str) -> None:
    for name in ("keys", "creds", "lock", "images", "tasks", "staging"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(home / "etc" / "nova" / "api-paste.ini", folder)
    for name, text in {"keystone": KEYSTONE, "nova": NOVA + AUTH, "glance-api": GLANCE + AUTH}.items():
        (folder / f"{name}.conf").write_text(text.format(folder=folder, home=home, keystone=keystone), "utf-8")


def _fill(home: Path, folder: Path, keystone: str) -> None:
    """Fresh databases. Making them takes half a minute, so it is done once; then only addresses in them change."""
    fresh = home / "fresh"
    if not fresh.exists():
        with tempfile.TemporaryDirectory(dir=home) as made:
            _configure(Path(made) / "fresh", home, "http://127.0.0.1:5000")
            _prepare(home / "bin", Path(made) / "fresh")
            with contextlib.suppress(OSError):  # somebody else was faster
                (Path(made) / "fresh").rename(fresh)
    for database in fresh.glob("*.db"):
        shutil.copy(database, folder)
    for keys in ("keys", "creds"):
        shutil.copytree(fresh / keys, folder / keys, dirs_exist_ok=True)
    with contextlib.closing(sqlite3.connect(folder / "keystone.db")) as catalogue, catalogue:
        catalogue.execute("UPDATE endpoint SET url = ?", (f"{keystone}/v3",))
    with contextlib.closing(sqlite3.connect(folder / "nova_api.db")) as cells, cells:
        for row, place in cells.execute("SELECT id, database_connection FROM cell_mappings").fetchall():
            here = f"sqlite:///{folder}/{place.rpartition('/')[2]}"
            cells.execute("UPDATE cell_mappings SET database_connection = ? WHERE id = ?", (here, row))


def _prepare(programs: Path, folder: Path) -> None:
    """Three sets of databases at once, each by its own tools."""
    steps = {"keystone": KEYSTONE_STEPS, "nova": NOVA_STEPS, "glance": "db_sync"}
    lines = []
    for name, calls in steps.items():
        file = folder / ("glance-api.conf" if name == "glance" else f"{name}.conf")
        program = f"{programs / name}-manage --config-file {file}"
        said = calls.format(folder=folder, user=os.geteuid(), group=os.getegid(), password=ADMIN, region=REGION)
        lines.append(" && ".join(f"{program} {call}" for call in said.strip().splitlines()))
    running = [
        subprocess.Popen(["sh", "-c", line], env=_variables(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in lines
    ]
    said_by = [one.communicate(timeout=300)[0].decode() for one in running]
    for one, words in zip(running, said_by, strict=True):
        if one.returncode:
            raise Missing(f"OpenStack's databases could not be made: {words[-1500:]}")


def _variables(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OS_KEYSTONE_CONFIG_DIR": str(folder),
        "OS_KEYSTONE_CONFIG_FILES": "keystone.conf",
        "OS_NOVA_CONFIG_DIR": str(folder),
        "OS_NOVA_CONFIG_FILES": "api-paste.ini;nova.conf",
        "OS_GLANCE_CONFIG_DIR": str(folder),
        "OS_GLANCE_CONFIG_FILES": "glance-api.conf",
    }


def _answers(url: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            with urlopen(url, timeout=5):
                return True
        except URLError as problem:
            return getattr(problem, "code", None) in (300, 401)
        except OSError:
            return False

    return answers
