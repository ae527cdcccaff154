"""Every figure of the gateway that /metrics shows, declared once: counted as it happens, or read when asked."""

import time
from collections.abc import Iterable
from functools import partial
from typing import Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector

from gateway.telemetry.busiest import Busiest
from gateway.telemetry.record import METHODS, Record

disable_created_metrics()  # type: ignore[no-untyped-call]  # a line for each series that only OpenMetrics has a use for

_REQUEST_SECONDS: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 30, 60)
"""A hit of the cache takes a few milliseconds, a picture a second or so; alerts ask at 30 s, and 60 s end it."""
_STAGE_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STORE_SECONDS: Final = (0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""A folder answers within a millisecond, a bucket within a tenth of a second."""
ALARMING: Final = (
    "internal_error", "starting", "overloaded", "model_unavailable", "limits_unavailable", "store_unavailable",
    "inference_timeout", "rate_limited",
)  # fmt: skip
"""Codes that alerts ask for: they are there from the start, since a rate does not see the first of what was not."""


class Live(NamedTuple):
    """A figure that is read when somebody asks."""

    kind: Literal["counter", "gauge"]
    name: str
    text: str
    labels: tuple[str, ...] = ()

    def family(self, *samples: tuple[tuple[str, ...], float]) -> Metric:
        """For the exposition; each of `samples` is its labels' values and a number."""
        maker = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        family: CounterMetricFamily | GaugeMetricFamily = maker(self.name, self.text, labels=self.labels)
        for labels, value in samples:
            family.add_metric(labels, value)
        return family

    def is_(self, value: float) -> Metric:
        """Of a figure without labels."""
        return self.family(((), value))


BUILD: Final = Live("gauge", "cutout_build_info", "1, of what runs here.", ("version", "revision"))
READY: Final = Live("gauge", "cutout_ready", "1 once an inference has run and while the model is there.")
SERVING: Final = Live(
    "gauge", "cutout_model_info", "1, of the version that answers who names none.", ("model", "version")
)
COLD_STARTS: Final = Live("counter", "cutout_cold_starts", "Times that the model came to serve.")
COLD_START_SECONDS: Final = Live("gauge", "cutout_cold_start_seconds", "How long that took the last time.")
STARTING_SECONDS: Final = Live(
    "gauge", "cutout_starting_seconds", "How long the model has been starting; 0 once it serves."
)
MODEL_LOSSES: Final = Live("counter", "cutout_model_losses", "Times that the model went away after it had served.")
MODEL_ABSENCES: Final = Live("counter", "cutout_model_absences", "Requests that found Triton away.")
PERMITS: Final = Live("gauge", "cutout_permits", "Permits for pictures in work.")
PERMITS_USED: Final = Live("gauge", "cutout_permits_used", "Permits that are held.")
PLACES: Final = Live("gauge", "cutout_places", "Pictures that may be in work or wait.")
PLACES_USED: Final = Live("gauge", "cutout_places_used", "Pictures that are in work or wait.")
WAITING: Final = Live("gauge", "cutout_queue_depth", "Pictures that wait for permits.")
CACHE: Final = Live("counter", "cutout_cache_requests", "Requests by what the cache did for them.", ("outcome",))
CACHE_FAULTS: Final = Live(
    "counter", "cutout_cache_faults", "Times that the cache's store failed, and a picture was computed."
)
RATES_WITHOUT_REDIS: Final = Live(
    "counter", "cutout_rates_without_redis", "Requests that Redis did not count, as it was away."
)
WEIGHT: Final = Live(
    "gauge", "cutout_rollout_weight", "Percent of the callers that a version answers.", ("model", "version")
)
GUARD: Final = Live("gauge", "cutout_rollout_guard", "1, of what the guard says of the candidate.", ("action",))
ROLLOUT_EVENTS: Final = Live("counter", "cutout_rollout_events", "What this instance did to the plan.", ("event",))
MEMORY_USED: Final = Live(
    "gauge", "cutout_memory_used_bytes", "Of the container, or machine, without what can be dropped."
)
MEMORY_LIMIT: Final = Live("gauge", "cutout_memory_limit_bytes", "Of the container, or machine.")
MEMORY_EVENTS: Final = Live("counter", "cutout_memory_events", "The kernel's notes of too little memory.", ("event",))
TRITON_SCRAPED: Final = Live("gauge", "cutout_triton_scraped", "1 where Triton's own figures, nv_*, are among these.")


class Metrics:
    """What is counted as it happens, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._began = time.monotonic()
        counter = partial(Counter, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        self._requests = counter("cutout_requests", "Requests that have ended.", ("method", "route", "status"))
        self._seconds = histogram(
            "cutout_request_seconds",
            "From a request's head to the last byte of its answer.",
            ("route",),
            buckets=_REQUEST_SECONDS,
        )
        self._stages = histogram("cutout_stage_seconds", "A request's stages.", ("stage",), buckets=_STAGE_SECONDS)
        self._effects = histogram("cutout_effect_seconds", "Drawing an effect.", ("effect",), buckets=_STAGE_SECONDS)
        self._problems = counter(
            "cutout_problems",
            "Requests answered with a problem, by its code; health probes and scrapes left out.",
            ("code",),
        )
        for code in ALARMING:
            self._problems.labels(code)
        self._pictures = counter(
            "cutout_pictures",
            "Cut-outs by the model's version and by what the cache did.",
            ("model", "version", "outcome"),
        )
        self._picture_seconds = histogram(
            "cutout_picture_seconds",
            "From the last byte of a picture's body to the first of its answer, where one was made.",
            ("outcome",),
            buckets=_REQUEST_SECONDS,
        )
        self._first = gauge(
            "cutout_first_result_seconds", "From the start to the first client's cut-out; 0 before that."
        )
        self._store = histogram(
            "cutout_store_seconds",
            "Operations of the store by their result.",
            ("operation", "result"),
            buckets=_STORE_SECONDS,
        )
        self._store_failures = counter(
            "cutout_store_failures", "Operations of the store that failed, though not by their caller."
        )
        self._busiest = Busiest()
        self._share = gauge(
            "cutout_busiest_client_share", "Of the last minute's requests, the share that came from one client."
        )
        self._share.set_function(lambda: self._busiest.share)
        self._is_first = True

    def observe(self, kept: Record) -> None:
        """One request."""
        self._busiest.observe(kept)
        method = kept.method if kept.method in METHODS else "other"
        self._requests.labels(method, kept.route, f"{kept.status // 100}xx").inc()
        self._seconds.labels(kept.route).observe(kept.seconds)
        for stage, seconds in kept.watch.stages.items():
            self._stages.labels(stage).observe(seconds)
        for lap in kept.watch.laps:
            if lap.stage == "effect":
                self._effects.labels(lap.what).observe(lap.end - lap.begin)
        if kept.code and not kept.is_probe:
            self._problems.labels(kept.code).inc()
        if kept.outcome:
            self._picture(kept)

    def _picture(self, kept: Record) -> None:
        self._pictures.labels(kept.model, kept.version, kept.outcome).inc()
        self._picture_seconds.labels(kept.outcome).observe(kept.answered - kept.watch.stages.get("receive", 0.0))
        if self._is_first:
            self._first.set(time.monotonic() - self._began)
            self._is_first = False

    def store_operation(self, operation: str, result: str, seconds: float) -> None:
        """One operation of the store."""
        self._store.labels(operation, result).observe(seconds)
        if result == "failed":
            self._store_failures.inc()


def exposed(metrics: Metrics, live: Iterable[Metric]) -> bytes:
    """Prometheus's text format, 0.0.4."""
    return generate_latest(_Shown(metrics, live))


class _Shown:
    def __init__(self, metrics: Metrics, live: Iterable[Metric]) -> None:
        self._metrics = metrics
        self._live = live

    def collect(self) -> Iterable[Metric]:
        """As the vendor's registries do."""
        yield from self._metrics.registry.collect()
        yield from self._live
