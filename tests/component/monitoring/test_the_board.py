"""What operators watch: the metrics of /metrics, and the board for Grafana that is drawn from them."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from services.monitoring.adapters.board import FAMILIES, Board
from services.monitoring.ports import Sight, Step
from shared.contracts.sites import ProjectUsage, Quantities
from shared.contracts.topology import Json
from shared.failures import Transient
from shared.messaging.metrics import Meters
from tests.component.monitoring.staged import ILL, Monitoring

GRAFANA = Path(__file__).parents[3] / "docs" / "grafana"
NAME = re.compile(r"\b(corale_[a-z_]+)\b")


async def shown(monitoring: Monitoring, room: int = 1_000) -> dict[str, float]:
    board = Board(monitoring.standings, room)
    registry = CollectorRegistry()
    registry.register(board)
    await board.refresh()
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


async def test_operators_see_health_age_latency_usage_and_steps(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    monitoring.site.sights["a"] = Sight(
        True,
        "Well.",
        latency_ms=12.5,
        used=Quantities(cpus=3),
        projects=(ProjectUsage(project="p", used=Quantities(cpus=2), quota=Quantities(cpus=8)),),
        steps=(Step("create", well=True, status=201, milliseconds=812.0),),
    )
    await monitoring.look()
    monitoring.now += timedelta(seconds=7)
    place, lane = 'service="a",site="bari"', 'collector="played",service="a",site="bari"'
    assert await shown(monitoring) == {
        f"corale_service_health{{{place}}}": 1.0,
        **{
            f'corale_service_availability{{service="a",site="bari",span="{span}"}}': 1.0 for span in ("1d", "7d", "30d")
        },
        f"corale_observation_available{{{lane}}}": 1.0,
        f"corale_observation_age_seconds{{{lane}}}": 7.0,
        f"corale_observation_latency_seconds{{{lane}}}": 0.0125,
        f'corale_lifecycle_result{{{lane},step="create"}}': 1.0,
        f'corale_lifecycle_seconds{{{lane},step="create"}}': 0.812,
        'corale_service_used{collector="played",resource="cpus",service="a",site="bari"}': 3.0,
        'corale_project_used{collector="played",project="p",resource="cpus",service="a",site="bari"}': 2.0,
        'corale_project_quota{collector="played",project="p",resource="cpus",service="a",site="bari"}': 8.0,
        "corale_monitoring_omitted_series": 0.0,
    }


async def test_what_is_not_known_has_no_series_and_what_is_old_has_its_age_alone(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    assert await shown(monitoring) == {"corale_monitoring_omitted_series": 0.0}
    monitoring.site.sights["a"] = ILL
    await monitoring.look()
    monitoring.now += timedelta(hours=2)
    names = {name.partition("{")[0] for name in await shown(monitoring)}
    shares = {"corale_service_availability"}
    assert names == {"corale_observation_age_seconds", "corale_monitoring_omitted_series"} | shares


async def test_operators_see_which_collectors_cannot_look(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    monitoring.write("cnaf", "a")
    await monitoring.refresh()
    monitoring.site.sights["a"] = Transient("not now")
    await monitoring.look()
    assert (await shown(monitoring))['corale_collector_troubles{collector="played"}'] == 2.0


async def test_there_are_never_more_series_than_the_operator_allows_and_the_rest_is_counted(
    monitoring: Monitoring,
) -> None:
    monitoring.write("bari", *(f"s{number}" for number in range(20)))
    await monitoring.refresh()
    await monitoring.look()
    series = await shown(monitoring, room=30)
    omitted = series.pop("corale_monitoring_omitted_series")
    assert len(series) == 30
    assert omitted == 20 * 7 - 30
    assert sum(name.startswith("corale_service_health") for name in series) == 8


def test_every_metric_of_the_grafana_boards_is_one_that_we_export() -> None:
    plumbing = {metric.name for metric in Meters().registry.collect()}
    ours = {*FAMILIES, *plumbing, "corale_federation_problems"}
    suffixes = ("", "_total", "_bucket", "_count", "_sum")
    known = {f"{name}{suffix}" for name in ours for suffix in suffixes}
    boards = sorted(GRAFANA.glob("*.json"))
    assert boards
    for board in boards:
        used = {name for query in queries(json.loads(board.read_text())) for name in NAME.findall(query)}
        assert used
        assert used <= known


def queries(part: Json) -> Iterator[str]:
    """Every query of a board, in panels and in variables."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("expr", "query", "definition") and isinstance(value, str):
                yield value
            else:
                yield from queries(value)
    elif isinstance(part, list):
        for one in part:
            yield from queries(one)
