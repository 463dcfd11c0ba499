"""Circles of requirements: nodes that wait for each other would never be created."""

from collections.abc import Iterator

from services.gateway.domain.tosca.model import Draft, Link, NodeDraft


def report_circles(draft: Draft) -> None:
    """Reports the first circle met from each node not seen before, naming its nodes in order."""
    done: set[str] = set()
    for start in draft.nodes.values():
        if start.name not in done:
            _from(draft, start, done)


def _from(draft: Draft, start: NodeDraft, done: set[str]) -> None:
    walk: list[tuple[NodeDraft, Iterator[Link]]] = [(start, iter(start.links))]
    on_walk = {start.name: 0}
    while walk:
        node, links = walk[-1]
        link = next(links, None)
        if link is None:
            walk.pop()
            del on_walk[node.name]
            done.add(node.name)
            continue
        target = link.target
        if target is None or target.name in done:
            continue
        if target.name in on_walk:
            names = [walked.name for walked, _ in walk[on_walk[target.name] :]] + [target.name]
            message = f"nodes wait for each other in a circle: {' needs '.join(names)}; take one of these away"
            draft.report.refuse("requirement-cycle", link.path, message[:500], target.name)
            continue
        on_walk[target.name] = len(walk)
        walk.append((target, iter(target.links)))
