"""What the lifespan hands to every request."""

from dataclasses import dataclass
from typing import TypedDict

from gateway.auth import Guard
from gateway.cache.counts import Counts
from gateway.customers.customers import Customers
from gateway.cutout import Cutting
from gateway.model_card import Catalogue
from gateway.progress.board import Board
from gateway.published import Published
from gateway.rates.rates import Rates
from gateway.readiness import Readiness
from gateway.remote.nowhere import Fetch
from gateway.rollout.part import Part
from gateway.store.store import Store
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.slowest import Slowest
from gateway.telemetry.triton import TritonMetrics
from gateway.triton import TritonSegmenter
from gateway.workers import Workers


@dataclass(frozen=True)
class About:
    """What the service says about itself; `model` is the default one."""

    version: str
    revision: str
    model: str


@dataclass(frozen=True)
class Limits:
    """Bytes of a body and seconds of a request."""

    body_bytes: int
    request_seconds: float


class State(TypedDict):
    """Built by the composition root, closed by it after the last request."""

    about: About
    board: Board
    cached: Counts | None
    catalogue: Catalogue
    customers: Customers | None
    cutout: Cutting
    fetch: Fetch
    guard: Guard
    limits: Limits
    metrics: Metrics
    openapi: bytes
    published: Published | None
    rates: Rates
    readiness: Readiness
    rollout: Part | None
    slowest: Slowest
    store: Store | None
    triton: TritonSegmenter
    triton_metrics: TritonMetrics
    workers: Workers


def version(state: State) -> str:
    """Of the default model, what answers who names none: the rollout's stable version; "" where there is no plan."""
    return "" if state["rollout"] is None else state["rollout"].stable()


def answering(state: State) -> str | None:
    """The same; None until the model has answered."""
    served = state["readiness"].served
    return None if served is None else version(state) or served.version


def is_demo(model: str) -> bool:
    """Whether `model` is a demonstration model, which every answer it makes must say."""
    return model.endswith("_demo")
