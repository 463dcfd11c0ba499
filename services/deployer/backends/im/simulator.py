"""An Infrastructure Manager in memory: the part of its REST API that the backend uses, with faults to order.

Answers, states and error texts have the shapes of IM 2.0.0.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import yaml

from services.deployer.backends.im.backend import InfrastructureManager
from services.deployer.backends.im.client import ImClient
from services.deployer.backends.im.marks import MARK
from services.deployer.backends.im.settings import Settings
from services.deployer.ports import Backend
from shared.contracts.topology import Json

URL = "http://im.example.org"
OWNER = re.compile(r"type = InfrastructureManager; (?:token|username) = ([^;\\]+)")
UNKNOWN = "Invalid infrastructure ID or access not granted."
LAUNCH = "Error launching the VMs of type server to cloud ID dummy of type Dummy. Attempt 1: Quota exceeded for cores"


def simulate() -> "ImSimulation":
    """A new, empty Infrastructure Manager."""
    return ImSimulation()


@dataclass
class Infrastructure:
    """What IM keeps of one."""

    owner: str
    text: str
    document: dict[str, Json]
    state: str = "pending"
    ends: str = "configured"
    log: str = ""
    machines: dict[str, str] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    slow: bool = False
    _born: int = 0

    def __post_init__(self) -> None:
        self.make_missing()

    def make_missing(self) -> bool:
        """Machines that the document asks for and that do not stand are made; whether there were any.

        Machines are numbered; the node of each is kept by its number.
        """
        before = self._born
        nodes = self.document.get("topology_template", {}).get("node_templates", {})
        for name, node in nodes.items():
            if "Compute" in node.get("type", ""):
                count = node.get("capabilities", {}).get("scalable", {}).get("properties", {}).get("count", 1)
                for _ in range(count - list(self.machines.values()).count(name)):
                    self.machines[str(self._born)] = name
                    self._born += 1
        return self._born > before

    @property
    def states(self) -> tuple[str, dict[str, str]]:
        """The state of the whole and of each machine; once nothing is under way, the first one speaks for the whole."""
        each = {number: "stopped" if number in self.off else self.state for number in self.machines}
        return (next(iter(each.values()), self.state) if self.state == "configured" else self.state), each

    @property
    def mark(self) -> str | None:
        """Our tag."""
        mark = self.document.get("metadata", {}).get(MARK)
        return mark if isinstance(mark, str) else None


@dataclass
class ImSimulation:
    """The server and its knobs; `requests` is what it was asked, `credentials` the last `Authorization` header."""

    service_type: str = "dummy"
    endpoint: str = "http://cloud.example.org:5000/v3"
    settings: Mapping[str, str] = field(default_factory=dict)
    infrastructures: dict[str, Infrastructure] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    credentials: str = ""
    refused_tokens: set[str] = field(default_factory=set)
    connected: bool = True
    delays_outputs: bool = False
    keeps_machines: bool = False
    _born: int = 0
    _refusal: tuple[int, str] | None = None
    _breaks: bool = False
    _loses: bool = False

    def open(self) -> Backend:
        client = ImClient(transport=httpx.MockTransport(self._serve))
        return InfrastructureManager(Settings.read({"URL": URL}), client)

    def standing(self, tag: str) -> int:
        return sum(found.mark == tag for found in self.infrastructures.values())

    def pass_time(self) -> None:
        for identifier, found in list(self.infrastructures.items()):
            if found.state == "deleting":
                del self.infrastructures[identifier]
            elif found.state == "pending":
                found.state = found.ends

    def refuse_next(self, status: int = 400, text: str = "Error Creating Inf.: No VMI obtained from Sites") -> None:
        self._refusal = (status, text)

    def break_next(self) -> None:
        self._breaks = True

    def lose_next_answer(self) -> None:
        self._loses = True

    def forget(self, tag: str) -> None:
        self.infrastructures = {key: found for key, found in self.infrastructures.items() if found.mark != tag}

    def disconnect(self) -> None:
        self.connected = False

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if not self.connected:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        self.requests.append(f"{request.method} {request.url.raw_path.decode()}")
        self.credentials = request.headers.get("Authorization", "")
        owner = OWNER.search(self.credentials)
        if owner is None or owner.group(1) in self.refused_tokens:
            return _error(401, "No credentials provided for the InfrastructureManager.")
        if self._refusal is not None and _makes_a_difference(request):
            (status, text), self._refusal = self._refusal, None
            return _error(status, text)
        _, identifier, *rest = [*request.url.path.strip("/").split("/", 2), ""]
        if not identifier:
            return self._create(request, owner.group(1)) if request.method == "POST" else self._list(owner.group(1))
        found = self.infrastructures.get(identifier)
        if found is None:
            return _error(404, f"Error Getting Inf. prop: {UNKNOWN}")
        if found.owner != owner.group(1):
            return _error(403, "Error Getting Inf. info: Access to this infrastructure not granted.")
        if request.method == "POST":
            return self._add(identifier, found, request)
        if request.method == "PUT" or (request.method == "DELETE" and rest[0]):
            return _operate(found, *rest[0].split("/"))
        if request.method == "DELETE":
            return self._destroy(identifier, request)
        return self._property(found, rest[0])

    def _create(self, request: httpx.Request, owner: str) -> httpx.Response:
        text = request.content.decode()
        self._born += 1
        identifier = f"00000000-0000-11f1-0000-{self._born:012d}"
        made = Infrastructure(owner, text, yaml.safe_load(text))
        if self._breaks:
            made.ends, made.log, self._breaks = "failed", LAUNCH, False
        self.infrastructures[identifier] = made
        if self._loses:
            self._loses = False
            raise httpx.ReadError("Connection reset by peer", request=request)
        return httpx.Response(200, json={"uri": _uri(identifier)}, headers={"InfID": identifier})

    def _add(self, identifier: str, found: Infrastructure, request: httpx.Request) -> httpx.Response:
        found.document = _merged(found.document, yaml.safe_load(request.content))
        found.text = yaml.safe_dump(found.document)
        if found.make_missing():
            found.state = "pending"
        return httpx.Response(200, json={"uri-list": []}, headers={"InfID": identifier})

    def _list(self, owner: str) -> httpx.Response:
        mine = [{"uri": _uri(key)} for key, found in self.infrastructures.items() if found.owner == owner]
        return httpx.Response(200, json={"uri-list": mine})

    def _property(self, found: Infrastructure, name: str) -> httpx.Response:
        if name == "state":
            state, states = found.states
            states = {} if state == "failed" else states
            return httpx.Response(200, json={"state": {"state": state, "vm_states": states}})
        if name == "outputs":
            outputs = found.document.get("topology_template", {}).get("outputs", {})
            known = None if self.delays_outputs or found.state != "configured" else "127.2.0.1"
            return httpx.Response(200, json={"outputs": dict.fromkeys(outputs, known)})
        if name == "contmsg":
            return httpx.Response(200, json={"contmsg": found.log})
        if name == "tosca":
            return httpx.Response(200, json={"tosca": found.text})
        if name.startswith("vms/"):
            return _machine(found, name.removeprefix("vms/"))
        return httpx.Response(422, json={"detail": [{"type": "literal_error", "loc": ["path", "prop"]}]})

    def _destroy(self, identifier: str, request: httpx.Request) -> httpx.Response:
        if self.keeps_machines and request.url.params.get("force") != "true":
            waited = request.url.params.get("async") != "true"
            text = "Error Destroying Inf: Error destroying the infrastructure: \nThe cloud is busy"
            return _error(400, text) if waited else httpx.Response(200)
        self.infrastructures[identifier].state = "deleting"
        return httpx.Response(200)


def _makes_a_difference(request: httpx.Request) -> bool:
    """Whether it makes or changes something; looking and removing the whole are never refused to order."""
    return request.method in ("POST", "PUT") or (request.method == "DELETE" and "/vms/" in request.url.path)


def _operate(found: Infrastructure, _: str, numbers: str, operation: str = "remove") -> httpx.Response:
    if any(number not in found.machines for number in numbers.split(",")):
        return _error(404, "Error Removing resources: Deleted VM.")
    for number in numbers.split(","):
        if operation == "remove":
            del found.machines[number]
        elif found.slow:
            continue
        elif operation == "stop":
            found.off.add(number)
        else:
            found.off.discard(number)
    return httpx.Response(200)


def _merged(kept: Json, new: Json) -> Json:
    """As IM does it: what the new document does not mention stays, and lists do not get shorter."""
    if isinstance(kept, dict) and isinstance(new, dict):
        return kept | {key: _merged(kept.get(key), value) for key, value in new.items()}
    if isinstance(kept, list) and isinstance(new, list):
        return [
            *(_merged(old, value) for old, value in zip(kept, new, strict=False)),
            *new[len(kept) :],
            *kept[len(new) :],
        ]
    return new


def _machine(found: Infrastructure, number: str) -> httpx.Response:
    if number not in found.machines:
        return _error(404, "Error Getting VM. info: Deleted VM.")
    system = {
        "class": "system",
        "id": found.machines[number],
        "state": found.states[1][number],
        "net_interface.0.connection": "private_net",
        "net_interface.0.ip": f"127.1.0.{int(number) + 1}",
        "net_interface.1.connection": "public_net",
        "net_interface.1.ip": f"127.2.0.{int(number) + 1}",
        "disk.0.os.credentials.password": "a-password-of-the-machine",
    }
    networks = [{"class": "network", "id": f"{kind}_net", "outbound": way} for kind, way in NETWORKS.items()]
    return httpx.Response(200, json={"radl": [*networks, system]})


NETWORKS = {"private": "no", "public": "yes"}


def _uri(identifier: str) -> str:
    return f"{URL}/infrastructures/{identifier}"


def _error(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message, "code": status})
