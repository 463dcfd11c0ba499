"""ResourceQuotas of Kubernetes: `hard` is allowed, `used` is used, and a namespace is a project."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from services.monitoring.adapters.collectors.usage.amounts import GIBI, MEBI, kubernetes_quantity, quantities
from services.monitoring.adapters.collectors.usage.projects import Asked, Counted, each
from services.monitoring.adapters.reading.answers import Asking, Question, mapping, rows, shown
from shared.contracts.sites import ProjectUsage, Quantities
from shared.contracts.topology import Json
from shared.failures import Transient

NAMES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "cpus": (("requests.cpu", "cpu"), ("limits.cpu",)),
    "memory": (("requests.memory", "memory"), ("limits.memory",)),
    "instances": (("pods",), ("count/pods",)),
    "disk": (("requests.storage",),),
    "gpus": (("requests.nvidia.com/gpu",), ("requests.amd.com/gpu",), ("requests.gpu.intel.com/i915",)),
    "public_addresses": (("services.loadbalancers",),),
    "volumes": (("persistentvolumeclaims",),),
}
"""What each quantity is called; of several names for different things the first that a namespace has counts."""
UNITS = {"memory": MEBI, "disk": GIBI}


async def count(asking: Asking, asked: Asked) -> Counted:
    """The quotas of the namespaces, of all of them if none is named."""
    paths = [f"/api/v1/namespaces/{quote(name, safe='', errors='replace')}/resourcequotas" for name in asked.projects]

    async def read(path: str) -> list[dict[str, Json]]:
        return await _quotas(asking, asked, path)

    answers = await each(paths or ["/api/v1/resourcequotas"], read, asked.deadline)
    counted = usages([quota for answer in answers if not isinstance(answer, Transient) for quota in answer])
    problems = [str(answer) for answer in answers if isinstance(answer, Transient)]
    known = {usage.project for usage in counted}
    problems += [f"no quota is known of {name}" for name in asked.projects if name not in known]
    return Counted(counted, problems)


def usages(quotas: Sequence[Mapping[str, Json]]) -> tuple[ProjectUsage, ...]:
    """Usage and quota by namespace; quotas for a part of a namespace only (scopes) say nothing of the whole."""
    by_namespace: defaultdict[str, list[Mapping[str, Json]]] = defaultdict(list)
    for one in quotas:
        spec = mapping(one.get("spec"))
        namespace = mapping(one.get("metadata")).get("namespace")
        if isinstance(namespace, str) and not spec.get("scopes") and not spec.get("scopeSelector"):
            by_namespace[shown(namespace)].append(one)
    return tuple(_usage(namespace, told) for namespace, told in sorted(by_namespace.items()))


def _usage(namespace: str, told: Sequence[Mapping[str, Json]]) -> ProjectUsage:
    hard = [mapping(one, "status", "hard") or mapping(one, "spec", "hard") for one in told]
    used = [mapping(one, "status", "used") for one in told]
    names = {quantity: _names(quantity, hard) for quantity in NAMES}
    return ProjectUsage(project=namespace, used=_amounts(names, used, max), quota=_amounts(names, hard, min))


def _names(quantity: str, hard: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    return next((names for names in NAMES[quantity] if any(name in one for one in hard for name in names)), ())


def _amounts(
    names: Mapping[str, tuple[str, ...]], told: Sequence[Mapping[str, Json]], choose: Callable[[list[float]], float]
) -> Quantities:
    amounts: dict[str, float | None] = {}
    for quantity, synonyms in names.items():
        values = (kubernetes_quantity(one.get(name)) for one in told for name in synonyms)
        known = [value for value in values if value is not None]
        amounts[quantity] = choose(known) / UNITS.get(quantity, 1) if known else None
    return quantities(amounts)


async def _quotas(asking: Asking, asked: Asked, path: str) -> list[dict[str, Json]]:
    token = asked.login.token
    headers = {} if token is None else {"Authorization": f"Bearer {token.get_secret_value()}"}
    answer = await asking.ask(Question(f"{asked.url}{path}", headers=headers))
    if not answer.ok:
        raise Transient(f"{path} is refused: {answer.status} {shown(answer.mapping().get('message'))}")
    return rows(answer.mapping().get("items"))
