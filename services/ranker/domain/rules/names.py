"""The names that a rule's condition may use, with an example of each: the reference in docs/ranker.md says the same.

All of a thing's names are always there. What is not known is an empty text, an empty list, `false` or zero; only a
price that nobody told is -1.
"""

from collections.abc import Mapping

from services.ranker.domain import scores
from services.ranker.domain.ask import Ask
from services.ranker.domain.offer import Offer

Fact = str | float | bool | list[str]
Facts = Mapping[str, Fact]
REQUEST = ("user", "group", "topology")
"""What is the same at every place."""
UNPRICED = -1.0


def request_names(ask: Ask) -> dict[str, Fact | Facts]:
    """Who asks for what."""
    asked = [(one.count, one.needs.cpus, one.needs.memory, one.needs.gpus) for one in ask.machines]
    asked += [(one.count, one.needs.cpus, one.needs.memory, one.needs.gpus) for one in ask.containers]
    return {
        "user": {"subject": ask.owner.subject, "issuer": ask.issuer},
        "group": ask.group or "",
        "topology": {
            "kind": ask.kind.value,
            "sort": ask.sort,
            "types": list(ask.types),
            "policies": [policy.type for policy in ask.policies],
            "networks": [kind.value for kind in ask.networks],
            "data": [need.at for need in ask.data if need.at],
            "machines": float(sum(machine.count for machine in ask.machines)),
            "containers": float(sum(container.count for container in ask.containers)),
            "cpus": float(sum(count * (cpus or 0) for count, cpus, _, _ in asked)),
            "memory": float(sum(count * (memory or 0) for count, _, memory, _ in asked)),
            "gpus": float(sum(count * gpus for count, _, _, gpus in asked)),
            "disk": float(ask.beside_machines.disk),
        },
    }


def offer_names(offer: Offer) -> dict[str, Fact | Facts]:
    """What there is."""
    site, service = offer.site, offer.service
    return {
        "site": {
            "id": site.site,
            "name": site.name,
            "country": site.country or "",
            "spaces": sorted(offer.spaces),
            "stores": sorted(offer.stores),
        },
        "service": {
            "id": service.id,
            "type": service.type,
            "backend": service.backend,
            "region": service.region or "",
            "endpoint": service.endpoint,
            "project": offer.project_id or "",
            "status": service.status.value,
            "kinds": [kind.value for kind in service.kinds],
            "tags": list(service.tags),
            "public": service.public,
            "gpus": bool(service.gpu_support) or any(flavour.gpus for flavour in offer.flavours),
            "infiniband": any(flavour.infiniband for flavour in offer.flavours),
            "cost": UNPRICED if service.cost_per_core_hour is None else service.cost_per_core_hour,
        },
    }


def term_names() -> dict[str, str]:
    """How a condition writes each term, and the term's own name."""
    return {term.name.replace("-", "_"): term.name for term in scores.discover()}


def examples() -> dict[str, Fact | Facts]:
    """Every name with an example that says its kind."""
    return {
        "user": {"subject": "ada", "issuer": "https://iam.example.org/"},
        "group": "biomed",
        "topology": {
            "kind": "infrastructure",
            "sort": "infrastructure/few",
            "types": ["tosca.nodes.indigo.Compute"],
            "policies": ["tosca.policies.indigo.SlaPlacement"],
            "networks": ["public"],
            "data": ["CERN-RSE"],
            "machines": 3.0,
            "containers": 1.0,
            "cpus": 12.0,
            "memory": 24576.0,
            "gpus": 1.0,
            "disk": 100.0,
        },
        "site": {"id": "bari", "name": "ReCaS Bari", "country": "IT", "spaces": ["demo"], "stores": ["CERN-RSE"]},
        "service": {
            "id": "bari-compute",
            "type": "org.openstack.nova",
            "backend": "im",
            "region": "south",
            "endpoint": "https://cloud.example.org:5000/v3",
            "project": "p-1",
            "status": "active",
            "kinds": ["infrastructure"],
            "tags": ["gpu"],
            "public": True,
            "gpus": True,
            "infiniband": True,
            "cost": 0.05,
        },
        "terms": dict.fromkeys(term_names(), 0.5),
    }
