"""Prometheus's text, and what is computed of it, beside what Prometheus says and what a registry counted."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.commands.exposition import grown, quantile, read, restarted

STARTED = "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {}\n"


def counters(began: int = 1, nv: str = "nv_inference_count", **values: float) -> str:
    lines = [f'c_total{{a="{name}"}} {value}\n' for name, value in values.items() if name != "triton"]
    triton = f"# TYPE {nv} counter\n{nv} {values['triton']}\n" if "triton" in values else ""
    return STARTED.format(began) + "# TYPE c_total counter\n" + "".join(lines) + triton + "# TYPE g gauge\ng 5\n"


def test_what_a_registry_counted() -> None:
    registry = CollectorRegistry()
    counter = Counter("asked", "Requests.", ("route", "status"), registry=registry)
    Gauge("depth", "Waiting.", registry=registry).set(3)
    seconds = Histogram("took_seconds", "Time.", ("route",), buckets=(0.1, 1), registry=registry)
    for route, status, took in (("/a", "2xx", 0.05), ("/a", "5xx", 0.5), ("/b", "2xx", 5)):
        counter.labels(route, status).inc()
        seconds.labels(route).observe(took)
    found = read(generate_latest(registry).decode())
    assert found.sum("asked_total") == 3
    assert found.sum("asked_total", route="/a", status="5xx") == 1
    assert found.by("route", "asked_total") == {"/a": 2, "/b": 1}
    assert found.sum("depth") == 3
    assert found.sum("nothing") == 0
    assert found.buckets("took_seconds") == {0.1: 1, 1: 2, math.inf: 3}
    assert found.buckets("took_seconds", route="/b") == {0.1: 0, 1: 0, math.inf: 1}


def test_a_label_moves_no_cursor() -> None:
    found = read('# TYPE c_total counter\nc_total{a="\x1b[2Jx\\ny"} 1\n')
    assert found.by("a", "c_total") == {" [2Jx y": 1}


@given(
    st.text()
    | st.lists(st.sampled_from(["# TYPE a counter\n", "a", "{", '"', "=", "}", " 1", "\n", "le"])).map("".join)
)
def test_whatever_is_said_it_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        read(text)


def test_counters_have_grown_and_gauges_are_as_they_are() -> None:
    before, now = read(counters(a=3, b=1, triton=7)), read(counters(a=5, b=1, new=2, triton=9))
    assert not restarted(now, before)
    found = grown(now, before)
    assert found.by("a", "c_total") == {"a": 2, "b": 0, "new": 2}
    assert (found.sum("nv_inference_count_total"), found.sum("g")) == (2, 5)


@pytest.mark.parametrize(
    "now",
    [counters(a=2, b=9, triton=8), counters(b=9, triton=8), counters(began=2, a=4, b=4, triton=8)],
    ids=["less than before", "gone", "another beginning"],
)
def test_a_restart(now: str) -> None:
    before, after = read(counters(a=3, b=1, triton=7)), read(now)
    assert restarted(after, before)
    found = grown(after, before)
    assert found.by("a", "c_total") == after.by("a", "c_total")
    assert found.sum("nv_inference_count_total") == 1


def test_triton_may_restart_alone() -> None:
    before, now = read(counters(a=3, triton=7)), read(counters(a=5, triton=2))
    assert not restarted(now, before)
    assert (grown(now, before).sum("c_total"), grown(now, before).sum("nv_inference_count_total")) == (2, 2)


def test_what_triton_did_while_it_could_not_be_asked_is_not_known() -> None:
    before, away, now = read(counters(triton=7)), read(counters(a=1)), read(counters(a=1, triton=9))
    assert grown(away, before).sum("nv_inference_count_total") == 0
    assert grown(now, away).sum("nv_inference_count_total") == 0
    assert not restarted(away, before)


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        pytest.param({0.1: 10, 0.5: 20, 1: 40, math.inf: 40}, (0.5, 0.95, 0.99, 1), id="even"),
        pytest.param({0.1: 1, 0.5: 2, math.inf: 10}, (0.5, 0.5, 0.5, 0.5), id="beyond the last bound"),
        pytest.param({0.1: 0, 0.5: 0, 1: 4, 2: 4, math.inf: 4}, (0.75, 0.975, 0.995, 1), id="all in one"),
        pytest.param({0.1: 5, 0.5: 5, math.inf: 5}, (0.05, 0.095, 0.099, 0.1), id="all in the first"),
        pytest.param({0.005: 0, 0.025: 1, 0.1: 1, math.inf: 1}, (0.015, 0.024, 0.0248, 0.025), id="only one"),
    ],
)
def test_quantiles_are_those_of_prometheus(buckets: dict[float, float], expected: tuple[float, ...]) -> None:
    """What promtool 2.42 computes of the same buckets with histogram_quantile."""
    assert [quantile(share, buckets) for share in (0.5, 0.95, 0.99, 1)] == pytest.approx(expected)


@pytest.mark.parametrize("buckets", [{}, {math.inf: 3}, {0.1: 0, math.inf: 0}, {0.1: 1, 0.5: 2}], ids=str)
def test_no_quantile_of_nothing(buckets: dict[float, float]) -> None:
    assert quantile(0.5, buckets) is None


@given(st.lists(st.floats(0.001, 20), min_size=1, max_size=60), st.floats(0.01, 1))
def test_a_quantile_is_in_the_bucket_of_the_value_that_it_stands_for(seconds: list[float], share: float) -> None:
    bounds = [0.01, 0.1, 0.5, 1, 5, 30]
    buckets = {bound: float(sum(each <= bound for each in seconds)) for bound in bounds} | {
        math.inf: float(len(seconds))
    }
    value = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    upper = min(bound for bound in bounds if value <= bound)
    lower = max([0.0, *(bound for bound in bounds if bound < upper)])
    found = quantile(share, buckets)
    assert found is not None
    assert lower <= found <= upper + 1e-9
