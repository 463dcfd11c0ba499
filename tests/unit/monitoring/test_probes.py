"""Each kind of service is played by httpx's own transport, as its documentation has it: no socket is opened."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import ValidationError

from services.monitoring.adapters.collectors import chronos, im, kubernetes, marathon, openstack, simulated
from services.monitoring.adapters.lifecycle.probing import mark_of
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.failures import Transient
from tests.unit.monitoring.probed import ANYBODY, NOBODY, QUICK, SECOND, look, target, well


@dataclass
class PlayedMarathon:
    """Marathon 1.8's `/v2/apps`."""

    apps: dict[str, Json] = field(default_factory=dict)
    failure: Mapping[str, Json] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer t0ken"
        name = request.url.path.removeprefix("/v2/apps").strip("/")
        if request.method == "POST":
            app = json.loads(request.content)
            self.apps[app["id"].strip("/")] = {**app, "tasksRunning": 0, "deployments": [{"id": "d"}]}
            return httpx.Response(201, json=app)
        if name not in self.apps:
            return httpx.Response(404, json={"message": f"App '/{name}' does not exist"})
        if request.method == "DELETE":
            assert request.url.params["force"] == "true"
            del self.apps[name]
            return httpx.Response(200, json={"version": "v", "deploymentId": "d"})
        found = dict(self.apps[name])
        self.apps[name].update({"tasksRunning": 1, "deployments": []} if not self.failure else self.failure)
        return httpx.Response(200, json={"app": found})


MARATHON = target("eu.indigo-datacloud.marathon")
TOKEN = {**QUICK, "accounts": json.dumps({"bari/compute": {"token": "t0ken"}})}


async def test_marathon_runs_an_app_and_removes_it() -> None:
    played = PlayedMarathon()
    collector = marathon.open_collector(TOKEN, timeout=SECOND, transport=httpx.MockTransport(played))
    assert well(await look(collector, MARATHON)) == [("create", 201), ("run", 200), ("delete", 200)]
    assert not played.apps


async def test_an_app_whose_task_fails_says_so() -> None:
    played = PlayedMarathon(failure={"lastTaskFailure": {"message": "Command exited with status 1"}})
    collector = marathon.open_collector(TOKEN, timeout=SECOND, transport=httpx.MockTransport(played))
    sight = await look(collector, MARATHON)
    assert sight is not None
    assert sight.available is False
    assert "Command exited with status 1" in sight.sentence
    assert not played.apps


@dataclass
class PlayedChronos:
    """Chronos 3's `/v1/scheduler`; its search finds parts of names."""

    jobs: dict[str, Json] = field(default_factory=lambda: {"other": {"name": "corale-probe-bari-compute-other"}})
    count: str = "successCount"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path:
            case "POST", "/v1/scheduler/iso8601":
                job = json.loads(request.content)
                self.jobs[job["name"]] = {**job, "successCount": 0, "errorCount": 0}
                return httpx.Response(204)
            case "GET", "/v1/scheduler/jobs/search":
                found = [dict(job) for job in self.jobs.values()]
                for name, job in self.jobs.items():
                    job.update({self.count: "1"} if name != "other" else {})
                return httpx.Response(200, json=found)
            case "DELETE", path:
                known = self.jobs.pop(path.removeprefix("/v1/scheduler/job/"), None)
                return httpx.Response(204 if known else 400)
            case _:
                return NOBODY


async def test_chronos_runs_a_job_once_and_removes_it() -> None:
    played = PlayedChronos()
    collector = chronos.open_collector(
        {**QUICK, "accounts": ANYBODY}, timeout=SECOND, transport=httpx.MockTransport(played)
    )
    sight = await look(collector, target("eu.indigo-datacloud.chronos"))
    assert well(sight) == [("create", 204), ("run", 200), ("delete", 204)]
    assert list(played.jobs) == ["other"]


async def test_a_job_that_fails_says_so() -> None:
    played = PlayedChronos(count="errorCount")
    collector = chronos.open_collector(
        {**QUICK, "accounts": ANYBODY}, timeout=SECOND, transport=httpx.MockTransport(played)
    )
    sight = await look(collector, target("eu.indigo-datacloud.chronos"))
    assert sight is not None
    assert sight.sentence == "What was created does not work: The job failed."
    assert list(played.jobs) == ["other"]


@dataclass
class PlayedKubernetes:
    """Pods of one namespace, as Kubernetes' API has them."""

    pods: dict[str, Json] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.namespaces.add(request.url.path.split("/")[4])
        name = "/".join(request.url.path.split("/")[6:])
        if request.method == "POST":
            pod = json.loads(request.content)
            self.pods[pod["metadata"]["name"]] = {**pod, "status": {"phase": "Pending"}}
            return httpx.Response(201, json=pod)
        if not name:
            label, _, value = request.url.params["labelSelector"].partition("=")
            items = [pod for pod in self.pods.values() if pod["metadata"]["labels"].get(label) == value]
            return httpx.Response(200, json={"kind": "PodList", "items": items})
        if name not in self.pods:
            return httpx.Response(404, json={"kind": "Status", "reason": "NotFound", "code": 404})
        if request.method == "DELETE":
            return httpx.Response(200, json=self.pods.pop(name))
        found = json.loads(json.dumps(self.pods[name]))
        self.pods[name]["status"]["phase"] = "Running"
        return httpx.Response(200, json=found)


async def test_kubernetes_runs_a_pod_in_the_accounts_namespace_and_removes_it() -> None:
    other = {"metadata": {"name": "users", "labels": {"app": "web"}}, "status": {"phase": "Running"}}
    played = PlayedKubernetes(pods={"users": other})
    accounts = json.dumps({"*": {"token": "t0ken", "namespace": "probes"}})
    collector = kubernetes.open_collector(
        {**QUICK, "accounts": accounts}, timeout=SECOND, transport=httpx.MockTransport(played)
    )
    assert well(await look(collector, target("eu.deep.kubernetes"))) == [("create", 201), ("run", 200), ("delete", 200)]
    assert played.namespaces == {"probes"}
    assert list(played.pods) == ["users"]


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"somebody asks {request.url}")


SILENT = httpx.MockTransport(refuse)
ACCOUNT = json.dumps({"*": {"username": "u", "password": "p", "project": "q"}})


async def test_a_service_that_costs_money_is_left_alone_unless_its_file_says_otherwise() -> None:
    settings = {**QUICK, "accounts": ACCOUNT}
    public = target("org.openstack.nova", public=True)
    assert await look(openstack.open_collector(settings, timeout=SECOND, transport=SILENT), public) is None
    asked = public.model_copy(update={"entries": {"openstack": {"paid": True}}})
    with pytest.raises(AssertionError, match="somebody asks"):
        await look(openstack.open_collector(settings, timeout=SECOND, transport=SILENT), asked)


@pytest.mark.parametrize("module", [openstack, marathon, chronos, kubernetes])
async def test_where_there_is_no_account_nothing_is_said(module: Json) -> None:
    collector = module.open_collector({}, timeout=SECOND, transport=SILENT)
    for kind in ("org.openstack.nova", *marathon.TYPES, *chronos.TYPES, *kubernetes.TYPES):
        assert await collector.collect(target(kind)) is None
    await collector.close()


@pytest.mark.parametrize("module", [im, simulated])
async def test_what_has_no_account_is_probed_only_where_the_file_asks_for_it(module: Json) -> None:
    collector = module.open_collector({}, timeout=SECOND, transport=SILENT)
    for kind in ("dummy", "simulated"):
        assert await look(collector, target(kind)) is None


@pytest.mark.parametrize(
    "account",
    [
        {"username": "u"},
        {"credential": "c"},
        {"username": "u", "password": "p"},
        {"credential": "c", "secret": "s3cret"} | {"project": "p"},
    ],
)
def test_half_an_account_is_refused_without_being_shown(account: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        openstack.open_collector({"accounts": json.dumps({"*": account})}, timeout=SECOND)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("module", "kind"),
    [(marathon, marathon.TYPES[0]), (chronos, chronos.TYPES[0]), (kubernetes, kubernetes.TYPES[0])],
)
async def test_our_account_is_sent_only_where_the_operators_own_file_or_the_account_says(
    module: Json, kind: str
) -> None:
    moved = target(kind, endpoint="http://thief.example.org").model_copy(update={"vouched": False})
    collector = module.open_collector({"accounts": ANYBODY}, timeout=SECOND, transport=SILENT)
    with pytest.raises(Transient, match=r"not sent to http://thief\.example\.org"):
        await look(collector, moved)
    named = json.dumps({"*": {"endpoint": "http://thief.example.org"}})
    with pytest.raises(AssertionError, match="somebody asks"):
        await look(module.open_collector({"accounts": named}, timeout=SECOND, transport=SILENT), moved)


async def test_ten_megabytes_of_answer_are_not_read() -> None:
    async def endless() -> Json:
        while True:
            yield b"x" * 1_000_000

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless())

    collector = simulated.open_collector(QUICK, timeout=SECOND, transport=httpx.MockTransport(answer))
    sight = await look(collector, target("simulated", entries={"simulated": {}}))
    assert sight is not None
    assert sight.available is False
    assert "larger than 4096 kB" in sight.sentence


async def test_html_where_json_should_be_is_a_sentence() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, html="<html>Welcome</html>")

    collector = simulated.open_collector(QUICK, timeout=SECOND, transport=httpx.MockTransport(answer))
    sight = await look(collector, target("simulated", entries={"simulated": {}}))
    assert sight is not None
    assert sight.sentence == "Nothing can be created: The answer (status 200) cannot be read."


def test_the_mark_is_a_name_everywhere_and_never_changes() -> None:
    long = target("x").model_copy(update={"site": SiteId("Ünïcode/" * 20), "service": ServiceId("C" * 90)})
    for one in (target("x"), long):
        mark = mark_of("corale-probe", one)
        assert mark == mark_of("corale-probe", one)
        assert len(mark) <= 60
        assert mark.replace("-", "a").isalnum()
        assert mark == mark.lower()
    assert mark_of("corale-probe", target("x")).startswith("corale-probe-bari-compute-")
    assert mark_of("corale-probe", long) != mark_of("corale-probe", target("x"))
