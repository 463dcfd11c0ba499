"""Health, availability, trials and switches, in a real PostgreSQL."""

from datetime import timedelta

from services.monitoring.ports import Sight
from shared.contracts.sites import Availability, Health, ProjectUsage, Quantities
from shared.contracts.topology import Json
from shared.contracts.trials import TrialFailed, TrialStarted, TrialSucceeded
from shared.contracts.vocabulary import BackendName, Cause, DeploymentId, Revision, ServiceId, SiteId, TrialNo
from tests.component.monitoring.staged import ILL, WELL, Monitoring, Played
from tests.support.builders import NOON

ADMIN, USER = {"Authorization": "Bearer admin"}, {"Authorization": "Bearer user"}


def started(number: int, site: str = "bari") -> TrialStarted:
    return TrialStarted(
        deployment_id=DeploymentId(f"d-{number}"),
        trial=TrialNo(1),
        revision=Revision(1),
        site=SiteId(site),
        service=ServiceId("a"),
        backend=BackendName("im"),
        service_type="org.openstack.nova",
        endpoint="http://bari.example.org",
        deadline=NOON,
    )


def failed(number: int, *, cause: Cause = Cause.CAPACITY, site_fault: bool = True) -> TrialFailed:
    return TrialFailed(
        deployment_id=DeploymentId(f"d-{number}"),
        trial=TrialNo(1),
        cause=cause,
        sentence="Alice's machine is secret.",
        site_fault=site_fault,
    )


def succeeded(number: int) -> TrialSucceeded:
    return TrialSucceeded(deployment_id=DeploymentId(f"d-{number}"), trial=TrialNo(1), external_id="x")


async def service(monitoring: Monitoring) -> Json:
    async with monitoring.client() as client:
        return (await client.get("/sites/bari/services/a")).json()


async def a_site(monitoring: Monitoring, *collectors: str) -> None:
    monitoring.write("bari", "a")
    monitoring.collectors = collectors or ("played",)
    await monitoring.refresh()


async def test_one_bad_look_is_no_outage_three_are_and_two_good_ones_end_it(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    for sight in (WELL, ILL, WELL, WELL, ILL, ILL, ILL, WELL, WELL):
        monitoring.site.sights["a"] = sight
        await monitoring.look_often(1)
    told = [(seen.available, seen.health) for _, seen in await monitoring.told() if seen is not None]
    healths = [
        "healthy",
        "degraded",
        "degraded",
        "healthy",
        "degraded",
        "degraded",
        "unhealthy",
        "unhealthy",
        "healthy",
    ]
    assert [health for _, health in told] == healths
    assert [available for available, _ in told] == [True, False, True, True, False, False, False, True, True]


async def test_shares_are_of_a_day_a_week_and_a_month_and_absent_where_nothing_was_seen(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    assert (await service(monitoring))["availability"] == {"day": None, "week": None, "month": None}
    for days, sight in ((20, ILL), (10, WELL), (3, ILL), (0, WELL)):
        monitoring.now = NOON + timedelta(days=20 - days)
        monitoring.site.sights["a"] = sight
        await monitoring.look()
    assert (await service(monitoring))["availability"] == {"day": 1.0, "week": 0.5, "month": 0.5}
    monitoring.now += timedelta(days=40)
    assert await monitoring.tidy(timedelta(days=7)) == 4 + 4 + 4
    await monitoring.look()
    told = [seen for _, seen in await monitoring.told() if seen is not None]
    assert told[-1].availability == Availability(day=1.0, week=1.0, month=1.0)


async def test_what_has_not_changed_is_told_again_only_as_a_sign_of_life(monitoring: Monitoring) -> None:
    monitoring.heartbeat = timedelta(minutes=20)
    await a_site(monitoring)
    await monitoring.look_often(7)
    told = [seen.observed_at - NOON for _, seen in await monitoring.told() if seen is not None]
    assert told == [timedelta(minutes=minutes) for minutes in (6, 30)]
    monitoring.site.sights["a"] = ILL
    await monitoring.look_often(1)
    assert len(await monitoring.told()) == 3


async def test_an_old_sample_is_not_counted_twice_and_keeps_its_age(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    monitoring.site.sights["a"] = Sight(False, "Ill.", observed_at=NOON, metrics={"create_result": 0.0})
    await monitoring.look_often(6)
    found = await service(monitoring)
    [seen] = found["observations"]
    assert (seen["health"], seen["age_seconds"], seen["stale"]) == ("degraded", 36 * 60, True)
    assert found["health"] is None
    async with monitoring.client() as client:
        assert len((await client.get("/observations/bari")).json()["history"]) == 1


async def test_who_only_counts_says_nothing_about_health_and_is_told_with_the_others_judgement(
    monitoring: Monitoring,
) -> None:
    await a_site(monitoring, "counting", "played")
    used = Sight(None, "Counted.", used=Quantities(cpus=3), projects=(ProjectUsage(project="p"),))
    counting = Played({"a": used})
    monitoring.site.sights["a"] = ILL
    await monitoring.look_often(4, {"counting": counting, "played": monitoring.site})
    found = await service(monitoring)
    by = {seen["collector"]: seen for seen in found["observations"]}
    assert found["health"] == "unhealthy"
    assert (by["counting"]["available"], by["counting"]["health"]) == (None, None)
    assert by["counting"]["used"]["cpus"] == 3
    told = [seen for key, seen in await monitoring.told() if key == "bari/a/counting" and seen is not None]
    assert [seen.available for seen in told] == [True, True, False, False]
    assert [seen.health for seen in told] == ["degraded", "degraded", "unhealthy", "unhealthy"]


async def test_every_word_is_told_with_the_health_of_the_whole(monitoring: Monitoring) -> None:
    """Whoever takes the newest word for the truth must not think that all is well while no machine can be booted."""
    await a_site(monitoring, "booting", "played")
    booting = Played({"a": ILL})
    await monitoring.look_often(3, {"booting": booting, "played": monitoring.site})
    booting.sights["a"] = None
    await monitoring.look_often(1, {"booting": booting, "played": monitoring.site})
    await monitoring.look_often(1, {"booting": booting, "played": monitoring.site})
    told = [seen for key, seen in await monitoring.told() if key == "bari/a/played" and seen is not None]
    assert [(seen.available, seen.health) for seen in told] == [
        (True, "degraded"),
        (True, "degraded"),
        (True, "unhealthy"),
        (True, "unhealthy"),
        (True, "healthy"),
    ]


async def test_the_worst_that_a_collector_sees_is_how_the_service_is_doing(monitoring: Monitoring) -> None:
    await a_site(monitoring, "booting", "played")
    await monitoring.look_often(3, {"booting": Played({"a": ILL}), "played": monitoring.site})
    assert (await service(monitoring))["health"] == "unhealthy"
    async with monitoring.client() as client:
        sites = (await client.get("/sites")).json()["sites"]
        unhealthy = (await client.get("/services", params={"health": "unhealthy", "type": "dummy"})).json()["services"]
        healthy = (await client.get("/services", params={"health": "healthy"})).json()["services"]
        shares = (await client.get("/sites/bari/services/a/availability")).json()
        nowhere = await client.get("/sites/nowhere")
    assert [(site["site"], site["health"]) for site in sites] == [("bari", "unhealthy")]
    assert [one["service"] for one in unhealthy] == ["a"]
    assert healthy == []
    assert {name: share["day"] for name, share in shares.items()} == {"all": 0.0, "booting": 0.0, "played": 1.0}
    assert nowhere.status_code == 404


async def test_trials_count_when_the_site_is_at_fault_and_name_nobody(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    await monitoring.hear(*(started(number) for number in range(6)))
    monitoring.now += timedelta(seconds=90)
    await monitoring.hear(succeeded(0), failed(1, site_fault=False), failed(2), failed(3), failed(4))
    told = [seen for key, seen in await monitoring.told() if key == "bari/a/trials" and seen is not None]
    assert [(seen.available, seen.health) for seen in told] == [(False, Health.UNHEALTHY)]
    assert told[0].sentence == "A trial failed here for a reason of the site's: capacity."
    assert told[0].availability.day == 0.25
    await monitoring.hear(succeeded(5))
    told = [seen for _, seen in await monitoring.told() if seen is not None]
    assert told[-1].metrics == {"trial_result": 1.0, "trial_responseTime": 90_000.0}
    async with monitoring.client() as client:
        assert "Alice" not in (await client.get("/observations/bari")).text


async def test_what_a_site_says_to_one_group_alone_is_seen_and_does_not_count(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    await monitoring.hear(*(started(number) for number in range(4)))
    await monitoring.hear(*(failed(number, cause=Cause.QUOTA) for number in range(4)))
    [(_, told)] = await monitoring.told()
    assert told is not None
    assert (told.available, told.health, told.metrics) == (True, None, {"trial_result": 0.0})
    assert told.sentence == "A trial failed here for a reason of the site's: quota."


async def test_the_word_of_trials_is_taken_back_when_nobody_was_sent_there_for_a_day(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    await monitoring.hear(*(started(number) for number in range(3)))
    await monitoring.hear(*(failed(number) for number in range(3)))
    monitoring.now += timedelta(hours=23)
    await monitoring.tidy(timedelta(days=7))
    assert len(await monitoring.told()) == 1
    monitoring.now += timedelta(hours=2)
    await monitoring.tidy(timedelta(days=7))
    assert (await monitoring.told())[-1] == ("bari/a/trials", None)


async def test_a_collector_with_nothing_more_to_say_takes_back_what_it_said(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    await monitoring.look()
    monitoring.site.sights["a"] = None
    await monitoring.look_often(2)
    assert [seen for _, seen in await monitoring.told()][1:] == [None]
    assert (await service(monitoring))["observations"] == []


async def test_trials_that_began_before_we_heard_or_where_nobody_watches_say_nothing(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    await monitoring.hear(failed(1), started(2, "elsewhere"), failed(2), started(3), started(3))
    assert await monitoring.told() == []
    monitoring.now += timedelta(days=31)
    assert await monitoring.tidy(timedelta(days=7)) == 1
    await monitoring.hear(failed(3))
    assert await monitoring.told() == []


async def test_an_administrator_turns_a_collector_off_and_on_and_that_is_written_down(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    await monitoring.look()
    path = "/sites/bari/services/a/collectors"
    async with monitoring.client() as client:
        off = {"enabled": False, "reason": "Zabbix is moving."}
        assert (await client.put(f"{path}/played", json=off)).status_code == 401
        assert (await client.put(f"{path}/played", json=off, headers=USER)).status_code == 403
        assert (await client.put(f"{path}/plaid", json=off, headers=ADMIN)).status_code == 404
        elsewhere = await client.put("/sites/x/services/a/collectors/played", json=off, headers=ADMIN)
        assert elsewhere.status_code == 404
        turned = (await client.put(f"{path}/played", json=off, headers=ADMIN)).json()
        assert turned["collectors"] == {"played": False, "trials": True}
        await monitoring.look_often(2)
        assert monitoring.site.asked == 1
        assert (await monitoring.told())[-1] == ("bari/a/played", None)
        assert (await service(monitoring))["observations"] == []
        turned = (await client.put(f"{path}/played", json={"enabled": True}, headers=ADMIN)).json()
        assert await monitoring.look() == 1
        assert turned == (await client.get(path)).json()
    assert [(one["enabled"], one["reason"], one["by"]["subject"]) for one in turned["history"]] == [
        (True, "", "admin"),
        (False, "Zabbix is moving.", "admin"),
    ]
    assert monitoring.site.asked == 2


async def test_a_look_under_way_does_not_count_once_its_collector_is_off(monitoring: Monitoring) -> None:
    await a_site(monitoring)

    async def turn_off() -> None:
        async with monitoring.client() as client:
            path = "/sites/bari/services/a/collectors/played"
            await client.put(path, json={"enabled": False}, headers=ADMIN)

    monitoring.site.meanwhile = turn_off
    assert await monitoring.look() == 1
    assert await monitoring.told() == []


async def test_a_collector_that_is_gone_takes_its_last_word_along(monitoring: Monitoring) -> None:
    await a_site(monitoring, "played", "former")
    await monitoring.look({"former": Played(), "played": monitoring.site})
    monitoring.collectors = ("played",)
    await monitoring.refresh()
    assert (await monitoring.told())[-1] == ("bari/a/former", None)


async def test_history_is_read_by_collector_and_time(monitoring: Monitoring) -> None:
    await a_site(monitoring)
    await monitoring.look_often(5)
    path = "/sites/bari/services/a/history"
    async with monitoring.client() as client:
        since, until = (NOON + timedelta(minutes=minutes) for minutes in (12, 24))
        part = await client.get(path, params={"from": since.isoformat(), "until": until.isoformat()})
        assert [seen["observed_at"] for seen in part.json()["observations"]] == [
            (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z") for minutes in (18, 12)
        ]
        assert len((await client.get(path, params={"limit": 2})).json()["observations"]) == 2
        assert (await client.get(path, params={"collector": "none"})).json()["observations"] == []
        assert (await client.get(path, params={"from": "2026-01-01T00:00:00"})).status_code == 400
        assert (await client.get("/sites/bari/services/b/history")).status_code == 404
