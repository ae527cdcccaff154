"""What a dashboard is made of, whoever draws it."""

from typing import Literal, NamedTuple

Kind = Literal["stat", "lines", "stack", "table"]
Unit = Literal["short", "s", "percentunit", "bytes", "reqps", "ops"]
"""By Grafana's names."""
Needs = Literal["", "gpu", "rollout", "redis", "cgroup", "rules"]
"""Without which a panel has nothing to show: a GPU, a rollout, a shared Redis, a memory limit, or the rules of alerts.yaml."""


class Query(NamedTuple):
    """PromQL, and how each of its series is called."""

    expr: str
    legend: str = ""


class Panel(NamedTuple):
    """One picture; `text` says what it means.

    A stat is yellow from `warn` on and red from `alarm` on; where `alarm` is the lower one, below them.
    """

    title: str
    kind: Kind
    unit: Unit
    text: str
    queries: tuple[Query, ...]
    warn: float | None = None
    alarm: float | None = None
    needs: Needs = ""


class Row(NamedTuple):
    """Panels under one heading; `note` is Markdown before them."""

    title: str
    panels: tuple[Panel, ...]
    note: str = ""
