"""A real Prometheus before a real service: every panel has data, every rule can be evaluated, every name is one that exists."""

import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx
import pytest

from bench.callers import commented
from bench.quiz import dashboard
from gateway import errors
from gateway.store.directory import DirectoryStore
from gateway.telemetry import metrics
from monitoring.dashboard import RATE, ROWS
from monitoring.panel import Panel
from tests.conftest import LIMITS
from tests.monitoring.rules import FOLDER, ROOT, RULES
from tests.photos import photo
from tests.prometheus import Prometheus, running_prometheus
from tests.service import PROCESS, WITH_EFFECTS, Triton, running_gateway, wait_until_ready

LOAD_SECONDS = 5
PANELS = [panel for row in ROWS for panel in row.panels]
DOCS = ("monitoring.md", "runbook.md", "slo.md")
SAID = re.compile(r"\b(?:cutout|nv|process)_[a-z0-9_]+(?<!_)\b")
OF_TARGETS = {"instance", "job", "le", "alertname", "alertstate", "severity"}
ABSENT_HERE = re.compile(r"nv_gpu_\w+|cutout_rollout_(weight|guard)|cutout_memory_events_total")


@pytest.fixture(scope="module")
def url(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = DirectoryStore(tmp_path_factory.mktemp("store"), 100_000_000)
    store.open()
    settings = replace(LIMITS, triton_metrics=f"http://{triton.server.metrics_address}/metrics")
    with running_gateway(settings, triton.address, store=store) as url:
        wait_until_ready(url)
        yield url
    store.close()


@pytest.fixture(scope="module")
def prometheus(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """After a short load."""
    folder = tmp_path_factory.mktemp("prometheus")
    with running_prometheus(folder, {"cutout": url.removeprefix("http://")}, FOLDER / "alerts.yaml") as prometheus:
        _load(url)
        yield prometheus


def _load(url: str) -> None:
    """Of everything a little: pictures that are computed, kept and refused, effects, pages."""
    end, number = time.monotonic() + LOAD_SECONDS, 0
    with httpx.Client(base_url=url, timeout=60) as client:
        while time.monotonic() < end:
            jpeg, number = commented(photo("chelsea"), number), number + 1
            for _ in range(2):
                client.post(PROCESS, content=jpeg, params={"max_side": "64"}).raise_for_status()
            asked = {"effects": "popart,mosaic", "max_side": "64"}
            client.post(WITH_EFFECTS, content=jpeg, params=asked).raise_for_status()
            assert client.post(PROCESS, content=b"no picture").status_code == 415
            client.get("/version").raise_for_status()
            time.sleep(0.1)
        client.post(PROCESS, content=photo("coffee")).raise_for_status()
    time.sleep(2)  # two more scrapes


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_a_panel_has_data(prometheus: Prometheus, panel: Panel) -> None:
    for query in panel.queries:
        found = prometheus.query(query.expr.replace(RATE, "10s"))
        if not panel.needs:
            assert any(math.isfinite(value) for _, value in found), query.expr
        if panel.needs == "gpu":
            assert not found


def test_a_series_is_called_by_labels_that_it_has(prometheus: Prometheus) -> None:
    for panel in PANELS:
        for query in panel.queries:
            wanted = set(re.findall(r"\{\{(\w+)\}\}", query.legend))
            for labels, _ in prometheus.query(query.expr.replace(RATE, "10s")):
                assert wanted <= labels.keys(), (panel.title, labels)


def test_the_dashboard_as_text_has_every_panel_that_has_data(prometheus: Prometheus) -> None:
    now = time.time()
    lines = list(dashboard(prometheus, [now - 3600, now]))
    for panel in PANELS:
        if not panel.needs:
            assert any(line.startswith(panel.title[:44]) for line in lines), panel.title
    ready = next(line.split() for line in lines if line.startswith("Ready"))
    assert ready == ["Ready", "percentunit", "–", "1"]


def test_every_rule_can_be_evaluated(prometheus: Prometheus) -> None:
    found = prometheus.rules()
    assert len(found) == len(RULES)
    assert [(rule["name"], rule["lastError"]) for rule in found if rule.get("lastError")] == []
    assert {rule["health"] for rule in found} == {"ok"}


PROMISED = re.findall(r"```promql\n(.*?)```", (ROOT / "docs" / "slo.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("expr", [expr for block in PROMISED for expr in block.strip().split("\n\n")])
def test_what_is_promised_can_be_computed(prometheus: Prometheus, expr: str) -> None:
    found = prometheus.query(expr)
    assert found and all(math.isfinite(value) for _, value in found)


def test_nothing_fires_while_all_is_well(prometheus: Prometheus) -> None:
    assert prometheus.firing() == set()


@pytest.fixture(scope="module")
def series(url: str, prometheus: Prometheus) -> dict[str, set[str]]:
    """The labels of everything that /metrics shows, by its name."""
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", httpx.get(f"{url}/metrics").text, re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return found


def _expressions() -> Sequence[str]:
    return [query.expr for panel in PANELS for query in panel.queries] + [rule["expr"] for rule in RULES]


def test_every_name_that_is_asked_for_exists(series: dict[str, set[str]]) -> None:
    for expr in _expressions():
        for name in SAID.findall(expr):
            assert name in series or ABSENT_HERE.fullmatch(name), f"{name} in {expr}"


def test_every_label_that_is_asked_for_exists(series: dict[str, set[str]]) -> None:
    for expr in _expressions():
        for name, matchers in re.findall(r"(\w+)\{([^}]*)\}", expr):
            if name in series:
                asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
                assert asked <= series[name] | OF_TARGETS, f"{name}{{{matchers}}}"


def test_every_code_that_is_asked_for_exists() -> None:
    codes = {each.code for each in _all(errors.GatewayError)}
    for expr in _expressions():
        for named in re.findall(r'code=~?"([^"]*)"', expr):
            assert set(named.split("|")) <= codes
    assert set(metrics.ALARMING) <= codes


def _all(kind: type[errors.GatewayError]) -> Iterator[type[errors.GatewayError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _all(each)


@pytest.mark.parametrize("name", DOCS)
def test_docs_name_what_exists(series: dict[str, set[str]], name: str) -> None:
    families = {re.sub("_(total|bucket|sum|count)$", "", each) for each in series}
    for said in SAID.findall((ROOT / "docs" / name).read_text()):
        assert said in series or said in families or ABSENT_HERE.match(said), said


def test_the_table_in_the_docs_is_all_there_is(series: dict[str, set[str]]) -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text()
    rows = re.findall(r"^\| `(cutout_\w+)` \| (\w+) \| ([^|]*) \| (.*) \|$", text, re.MULTILINE)
    told = {name: (kind, set(re.findall(r"`(\w+)`", labels)), meaning) for name, kind, labels, meaning in rows}
    assert told == dict(_declared(series))


def _declared(series: dict[str, set[str]]) -> Iterator[tuple[str, tuple[str, set[str], str]]]:
    """Each figure's name, and its kind, labels and meaning."""
    for live in vars(metrics).values():
        if isinstance(live, metrics.Live):
            yield _shown(live.name, live.kind), (live.kind, set(live.labels), live.text)
    for family in metrics.Metrics().registry.collect():
        if family.name.startswith("cutout_"):
            name = _shown(family.name, family.type)
            labels = series[f"{name}_count" if family.type == "histogram" else name]
            yield name, (family.type, labels, family.documentation)


def _shown(name: str, kind: str) -> str:
    return f"{name}_total" if kind == "counter" else name


def test_docs_lie_where_they_are_linked() -> None:
    for name in DOCS:
        text = (ROOT / "docs" / name).read_text()
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if "://" not in target:
                assert (ROOT / "docs" / target).exists(), f"{name}: {target}"
