"""What `gateway top` shows, from what /metrics said: of the time between two scrapes, or of all since the start."""

from typing import Final, NamedTuple

from gateway.commands.exposition import Buckets, Scrape, quantile
from gateway.telemetry.record import is_probe, is_stream

CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")
_REQUESTS: Final = "cutout_requests_total"
_SECONDS: Final = "cutout_request_seconds"


class Latency(NamedTuple):
    """Seconds; None where nothing was asked."""

    p50: float | None
    p95: float | None
    p99: float | None


class Traffic(NamedTuple):
    """Requests of whoever waits for an answer: no probes, no streams."""

    rates: dict[str, float]
    latency: Latency


class Route(NamedTuple):
    """The same of one route."""

    route: str
    rate: float
    failed: float
    latency: Latency


class Stage(NamedTuple):
    """`share` of all requests' time, and the mean of those that had it, in seconds."""

    stage: str
    share: float
    mean: float


class Serving(NamedTuple):
    """A version in Triton: of its `pictures` the mean batch, and the mean seconds in its queue and in the model."""

    model: str
    version: str
    weight: float | None
    pictures: float
    batch: float | None
    queue: float | None
    infer: float | None


class Stored(NamedTuple):
    """An operation of the store; `failed` of `operations`."""

    operation: str
    operations: float
    failed: float
    p95: float | None


def traffic(scrape: Scrape, seconds: float) -> Traffic:
    """In `seconds`, a second."""
    rates = dict.fromkeys(CLASSES, 0.0)
    for labels, value in scrape.rows(_REQUESTS):
        if labels["status"] in rates and _counts(labels["route"]):
            rates[labels["status"]] += value / seconds
    buckets: Buckets = {}
    for route in filter(_counts, scrape.by("route", _REQUESTS)):
        for bound, count in scrape.buckets(_SECONDS, route=route).items():
            buckets[bound] = buckets.get(bound, 0.0) + count
    return Traffic(rates, _latency(buckets))


def routes(scrape: Scrape, seconds: float) -> list[Route]:
    """Those that were asked, the busiest first."""
    found = [
        Route(
            route,
            count / seconds,
            scrape.sum(_REQUESTS, route=route, status="5xx") / count,
            _latency(scrape.buckets(_SECONDS, route=route)),
        )
        for route, count in scrape.by("route", _REQUESTS).items()
        if count and _counts(route)
    ]
    return sorted(found, key=lambda each: -each.rate)


def stages(scrape: Scrape) -> list[Stage]:
    """Those that took any time, the longest first."""
    spent, counts = (scrape.by("stage", f"cutout_stage_seconds_{kind}") for kind in ("sum", "count"))
    total = sum(spent.values())
    found = [
        Stage(stage, each / total, each / counts[stage]) for stage, each in spent.items() if each and counts[stage]
    ]
    return sorted(found, key=lambda each: -each.share)


def cache(scrape: Scrape) -> tuple[float, float] | None:
    """How many requests there were, and the share of them that found their answer; None without a cache."""
    outcomes = scrape.by("outcome", "cutout_cache_requests_total")
    total = sum(outcomes.values())
    return (total, (outcomes.get("hit", 0.0) + outcomes.get("coalesced", 0.0)) / total) if total else None


def serving(scrape: Scrape) -> list[Serving]:
    """Every version of which Triton tells, or the rollout."""
    weights = _by_version(scrape, "cutout_rollout_weight")
    tritons = _by_version(scrape, "nv_inference_count_total")
    named = sorted({*weights, *tritons, *_by_version(scrape, "cutout_model_info")}, key=_natural)
    return [_serving(scrape, model, version, weights.get((model, version))) for model, version in named]


def _serving(scrape: Scrape, model: str, version: str, weight: float | None) -> Serving:
    def sum_of(name: str) -> float:
        return scrape.sum(f"nv_inference_{name}_total", model=model, version=version)

    count, requests = sum_of("count"), sum_of("request_success")
    return Serving(
        model,
        version,
        weight,
        count,
        _ratio(count, sum_of("exec_count")),
        _ratio(sum_of("queue_duration_us") / 1e6, requests),
        _ratio(sum_of("compute_infer_duration_us") / 1e6, requests),
    )


def stored(scrape: Scrape) -> list[Stored]:
    """The operations that there were, the most frequent first."""
    name = "cutout_store_seconds"
    found = [
        Stored(
            operation,
            count,
            scrape.sum(f"{name}_count", operation=operation, result="failed"),
            quantile(0.95, scrape.buckets(name, operation=operation)),
        )
        for operation, count in scrape.by("operation", f"{name}_count").items()
        if count
    ]
    return sorted(found, key=lambda each: -each.operations)


def _counts(route: str) -> bool:
    return not is_probe(route) and not is_stream(route)


def _latency(buckets: Buckets) -> Latency:
    return Latency(*(quantile(share, buckets) for share in (0.5, 0.95, 0.99)))


def _by_version(scrape: Scrape, name: str) -> dict[tuple[str, str], float]:
    return {(labels["model"], labels["version"]): value for labels, value in scrape.rows(name)}


def _natural(named: tuple[str, str]) -> tuple[str, int, str]:
    model, version = named
    return model, int(version) if version.isdecimal() else 0, version


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
