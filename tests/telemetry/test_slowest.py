"""The slowest of the last minutes, by the side of all that there were."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.stopwatch import Stopwatch
from gateway.telemetry.record import Record
from gateway.telemetry.slowest import MINUTES, MOST, Slowest, SlowLap

ROUTE = "/api/v2/process"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def record(seconds: float = 1.0, route: str = ROUTE, **more: object) -> Record:
    given = {"method": "POST", "path": route, "client": "", "request_id": "r", "began": 0.0} | more
    return Record(route=route, seconds=seconds, **given)  # type: ignore[arg-type]


requests = st.lists(
    st.tuples(st.floats(0, 90), st.integers(0, 100), st.sampled_from([ROUTE, "/warmup"])), min_size=1, max_size=400
)


@given(requests, st.integers(1, MOST))
def test_it_is_what_a_list_of_all_would_say(asked: list[tuple[float, int, str]], most: int) -> None:
    clock = Clock()
    slowest, every = Slowest(clock), []
    for pause, seconds, route in asked:
        clock.now += pause
        slowest.observe(record(seconds, route))
        every.append((int(clock.now // 60), seconds))
    recent = [seconds for minute, seconds in every if minute > clock.now // 60 - MINUTES]
    assert [each.seconds for each in slowest.found(most)] == sorted(recent, reverse=True)[:most]


def test_what_is_kept_has_a_bound() -> None:
    slowest = Slowest(Clock())
    watch = Stopwatch()
    for _ in range(1000):
        watch.lap("effect", "popart")
    for number in range(10 * MOST):
        slowest.observe(record(number, path="/" + "x" * 8000, watch=watch))
    found = slowest.found()
    assert [each.seconds for each in found] == list(range(10 * MOST - 1, 9 * MOST - 1, -1))
    assert max(len(each.path) for each in found) == 200
    assert max(len(each.laps) for each in found) == 100


def test_they_are_forgotten_without_a_request() -> None:
    clock = Clock()
    slowest = Slowest(clock)
    slowest.observe(record())
    clock.now = 60 * MINUTES - 1.0
    assert len(slowest.found()) == 1
    clock.now += 1
    assert slowest.found() == []


def test_who_only_looks_or_listens_is_not_slow() -> None:
    slowest = Slowest()
    for route in ("/health", "/health/ready", "/metrics", "/debug/slow", "/api/v2/progress/{session_id}"):
        slowest.observe(record(100, route))
    assert slowest.found() == []


def test_those_of_one_route() -> None:
    slowest = Slowest()
    for seconds, route in ((3, ROUTE), (2, "/warmup"), (1, ROUTE)):
        slowest.observe(record(seconds, route))
    assert [each.seconds for each in slowest.found(route=ROUTE)] == [3, 1]
    assert slowest.found(route="/nowhere") == []


def test_it_says_when_each_stage_was() -> None:
    watch = Stopwatch(iter([10.0, 10.5, 12.0]).__next__)
    watch.lap("decode")
    watch.lap("effect", "popart")
    slowest = Slowest()
    kept = record(watch=watch, began=1_800_000_000, status=200, sent=7, model="m", version="1", outcome="miss")
    slowest.observe(kept)
    watch.stages["store"] = 1.0  # what goes on behind an answer
    (found,) = slowest.found()
    assert found.began == datetime.fromtimestamp(1_800_000_000, UTC)
    assert found.stages == {"decode": 500, "effect": 1500}
    assert found.laps == [
        SlowLap(stage="decode", what="", begin=0, duration=500),
        SlowLap(stage="effect", what="popart", begin=500, duration=1500),
    ]
    assert (found.status, found.sent, found.model, found.version, found.outcome) == (200, 7, "m", "1", "miss")
