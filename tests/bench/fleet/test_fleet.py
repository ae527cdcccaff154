"""Cloud Run's rules: what a start costs, who waits for one, when another is made, and when one goes."""

import math
from dataclasses import replace

import pytest

from bench.fleet.arrivals import EVEN
from bench.fleet.batcher import Batching
from bench.fleet.day import Day, Design, simulate
from bench.fleet.fleet import Platform

QUICK = Design(before=0.001, after=0.001, spread=0, fixed=0.001, each=0.001, idle=0)


def test_rare_pictures_are_as_cold_as_a_poisson_process_says() -> None:
    """An instance stays for 900 s after a picture, and the gap is longer than that with probability exp(-900 / mean gap)."""
    a_day, days = 96, 30
    day = simulate(QUICK, a_day, shape=EVEN, days=days)
    rate = a_day / 86_400
    assert day.waited == pytest.approx(math.exp(-900 * rate), rel=0.06)
    up = 25 + (math.exp(900 * rate) - 1) / rate  # until a gap is longer than 900 s, and those 900 s
    assert day.hours == pytest.approx(24 * days * up / (up + 1 / rate), rel=0.03)


def test_who_finds_no_instance_waits_for_its_start() -> None:
    day = simulate(QUICK, 10, shape=EVEN)
    assert day.p95 == pytest.approx(25, abs=0.1)
    assert day.turned_away == 0


def test_with_one_that_stays_nobody_waits_and_it_costs_a_day() -> None:
    design = replace(QUICK, platform=Platform(least=1, start=0.001))
    day = simulate(design, 100, shape=EVEN)
    assert (day.waited, day.most) == (0, 1)
    assert day.hours == pytest.approx(24, abs=0.01)
    assert day.usd == pytest.approx(24 * 3600 * (0.0001867 + 8 * 0.000018 + 22 * 0.000002), rel=1e-3)


def slow(**settings: float) -> Day:
    """Ten pictures a second of two seconds each, at no cost of CPU: 20 are under way on average, as Little's law has it."""
    design = replace(
        QUICK, before=0, after=0, fixed=0, each=0, idle=2.0, permits=1000, places=1000, soon=1e9,
        platform=Platform(**{"most": 10, "start": 1.0, **settings}),
    )  # fmt: skip
    return simulate(design, 10 * 86_400, shape=EVEN, days=0.02)


@pytest.mark.parametrize(
    ("concurrency", "instances"), [(100, {1}), (16, {3}), (7, {5, 6})], ids=["one", "three", "five and a bit"]
)
def test_as_many_instances_as_have_60_per_cent_of_their_concurrency(concurrency: int, instances: set[int]) -> None:
    assert slow(concurrency=concurrency).most in instances  # 20 / (0.6 × 16) = 2.1; 20 / 4.2 = 4.8


def test_busy_cpus_call_for_another_instance_though_few_requests_are_there() -> None:
    """Two threads of an instance with three CPUs, busy for 1.9 of them: 1.9 / (0.6 × 3) is more than one."""
    design = replace(QUICK, before=0.095, after=0.095, platform=Platform(most=5, start=1, cpus=3, concurrency=1000))
    assert simulate(design, 10 * 86_400, shape=EVEN, days=0.01).most == 2


def test_surplus_instances_end_a_quarter_of_an_hour_later() -> None:
    peak = (100, *[1] * 23)
    design = replace(QUICK, each=0.5, batching=Batching(most=1), platform=Platform(concurrency=4, start=1))
    day = simulate(design, 10_000, shape=peak)
    assert day.most == 3
    assert 24 < day.hours < 24 + 2 * 3


def test_beyond_the_most_instances_the_platform_turns_away_or_the_gateway_refuses() -> None:
    busy = replace(
        QUICK, fixed=0, each=0.5, batching=Batching(most=1), platform=Platform(most=1, concurrency=4, start=1)
    )
    turned_away = simulate(busy, 10 * 86_400, shape=EVEN, days=0.01)
    assert turned_away.turned_away > 0.5
    refusing = replace(busy, platform=Platform(most=1, concurrency=500, start=1))
    refused = simulate(refusing, 10 * 86_400, shape=EVEN, days=0.01)
    assert refused.refused > 0.5
    assert refused.p95 < turned_away.p95, "the gateway lets in what will be done soon; the platform lets wait"


@pytest.mark.parametrize(("concurrency", "refused"), [(16, False), (24, True)])
def test_why_cloudrun_yaml_has_sixteen(concurrency: int, refused: bool) -> None:
    """The gateway takes sixteen at any pace; with room for more it refuses before the platform sees a reason to grow."""
    design = Design(platform=Platform(concurrency=concurrency))
    day = simulate(design, 25 * 86_400, shape=EVEN, days=0.01)
    assert (day.refused > 0.02) == refused
    assert day.turned_away == 0


def test_the_same_seed_is_the_same_day() -> None:
    first, second, other = (simulate(Design(), 3000, seed=seed) for seed in (1, 1, 2))
    assert first == second != other


def test_an_overloaded_instance_does_what_it_can() -> None:
    design = replace(Design(), spread=0, before=0, after=0, platform=Platform(most=1, start=1, concurrency=1000))
    day = simulate(design, 100 * 86_400, shape=EVEN, days=0.01)
    done = day.pictures * (1 - day.refused - day.turned_away)
    assert done / (0.01 * 86_400) == pytest.approx(8 / (0.010 + 8 * 0.040), rel=0.03)
    assert day.batch == pytest.approx(8, rel=0.03)
