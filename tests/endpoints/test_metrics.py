"""GET /metrics of real services: what happened is in it, and in nobody's hands who may not read it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.settings import Settings
from gateway.stopwatch import STAGES
from gateway.store.directory import DirectoryStore
from tests.conftest import LIMITS
from tests.photos import photo
from tests.service import PROCESS, WITH_EFFECTS, Triton, running_gateway, wait_until_ready


@pytest.fixture(scope="module")
def settings(triton: Triton) -> Settings:
    return replace(LIMITS, triton_metrics=f"http://{triton.server.metrics_address}/metrics")


@pytest.fixture(scope="module")
def service(triton: Triton, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    store = DirectoryStore(tmp_path_factory.mktemp("store"), 100_000_000)
    store.open()
    with (
        running_gateway(settings, triton.address, store=store) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        wait_until_ready(url)
        yield client
    store.close()


class Figures:
    """What /metrics said."""

    def __init__(self, client: httpx.Client) -> None:
        answer = client.get("/metrics")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        self.families = {family.name: family for family in text_string_to_metric_families(answer.text)}
        self.samples = [sample for family in self.families.values() for sample in family.samples]

    def __getitem__(self, asked: tuple[str, dict[str, str]]) -> float:
        """The sum of what has that name and, among others, those labels."""
        name, labels = asked
        return sum(each.value for each in self.samples if each.name == name and labels.items() <= each.labels.items())


def test_a_picture_shows_in_every_figure_that_it_touches(service: httpx.Client) -> None:
    before = Figures(service)
    jpeg = photo("chelsea")
    assert service.post(PROCESS, content=jpeg).headers["x-cache"] == "miss"
    assert service.post(PROCESS, content=jpeg).headers["x-cache"] == "hit"
    after = Figures(service)

    def grew(name: str, **labels: str) -> float:
        return after[name, labels] - before[name, labels]

    assert grew("cutout_requests_total", method="POST", route=PROCESS, status="2xx") == 2
    assert grew("cutout_request_seconds_count", route=PROCESS) == 2
    assert grew("cutout_pictures_total", model="standin_demo", version="1", outcome="miss") == 1
    assert (
        grew("cutout_picture_seconds_count", outcome="miss") == grew("cutout_picture_seconds_count", outcome="hit") == 1
    )
    assert after["cutout_busiest_client_share", {}] == 1
    assert grew("cutout_pictures_total", outcome="hit") == grew("cutout_cache_requests_total", outcome="hit") == 1
    for stage in ("decode", "wait", "infer", "compose", "effect", "encode"):
        assert grew("cutout_stage_seconds_count", stage=stage) == 1, stage
    assert grew("cutout_stage_seconds_count", stage="cache") == grew("cutout_stage_seconds_count", stage="receive") == 2
    assert grew("cutout_effect_seconds_count", effect="color") == 1
    assert grew("cutout_store_seconds_count", operation="get") > 0
    assert after["cutout_first_result_seconds", {}] > 0
    inferred = "nv_inference_count_total", {"model": "standin_demo"}  # which is what the parser makes of Triton's name
    end = time.monotonic() + 10
    while Figures(service)[inferred] <= before[inferred]:
        assert time.monotonic() < end
        service.post(PROCESS, content=jpeg, params={"use_cache": "false"})  # the next batch has Triton count the last


def test_each_effect_by_its_name(service: httpx.Client) -> None:
    before = Figures(service)
    asked = {"effects": "popart,mosaic", "use_cache": "false"}
    assert service.post(WITH_EFFECTS, content=photo("coffee"), params=asked).status_code == 200
    after = Figures(service)
    for effect in ("popart", "mosaic"):
        name = "cutout_effect_seconds_count", {"effect": effect}
        assert after[name] - before[name] == 1


def test_how_it_stands(service: httpx.Client, settings: Settings) -> None:
    found = Figures(service)
    assert found["cutout_ready", {}] == found["cutout_triton_scraped", {}] == 1
    assert found["cutout_model_info", {"model": "standin_demo", "version": "1"}] == 1
    assert found["cutout_permits", {}] == settings.permits
    assert found["cutout_permits_used", {}] == found["cutout_queue_depth", {}] == 0
    assert found["cutout_cold_starts_total", {}] == 1
    assert found["cutout_cold_start_seconds", {}] > 0
    assert found["cutout_starting_seconds", {}] == found["cutout_model_losses_total", {}] == 0
    assert 0 < found["cutout_memory_used_bytes", {}] < found["cutout_memory_limit_bytes", {}]
    assert found["process_resident_memory_bytes", {}] > 50_000_000


def test_what_clients_invent_makes_no_series(service: httpx.Client) -> None:
    for number in range(20):
        service.delete(f"/nowhere/{number}")
        service.get(f"/api/v2/effects/none-{number}")
    found = Figures(service)
    counted = {(each.labels["method"], each.labels["route"]) for each in found.families["cutout_requests"].samples}
    assert ("other", "") in counted
    assert ("GET", "/api/v2/effects/{name}") in counted
    assert len(counted) < 20
    assert found["cutout_problems_total", {"code": "unknown_effect"}] >= 20
    assert not any("nowhere" in value for each in found.samples for value in each.labels.values())


def test_what_alerts_ask_for_is_there_before_it_happens(service: httpx.Client) -> None:
    families = Figures(service).families
    codes = {each.labels["code"] for each in families["cutout_problems"].samples}
    assert {"internal_error", "overloaded", "rate_limited", "store_unavailable"} <= codes
    assert families["cutout_store_failures"].samples[0].value == 0


def test_every_stage_has_a_description(service: httpx.Client) -> None:
    found = Figures(service)
    stages = {each.labels["stage"] for each in found.families["cutout_stage_seconds"].samples}
    assert stages
    assert stages <= STAGES.keys()


def test_every_family_explains_itself(service: httpx.Client) -> None:
    for family in Figures(service).families.values():
        assert family.documentation, family.name


def test_through_a_proxy_it_needs_a_key(service: httpx.Client) -> None:
    assert service.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "0.0.0.0:8080", "[::1]:8080"])
def test_a_sidecar_needs_none(service: httpx.Client, host: str) -> None:
    assert service.get("/metrics", headers={"Host": host}).status_code == 200


def test_a_page_whose_name_leads_here_does(service: httpx.Client) -> None:
    assert service.get("/metrics", headers={"Host": "rebound.example:8080"}).status_code == 401


def test_a_triton_that_does_not_answer_costs_its_own_figures_only(triton: Triton, tmp_path: Path) -> None:
    settings = replace(LIMITS, triton_metrics="http://127.0.0.1:9/metrics")
    with running_gateway(settings, triton.address) as url, httpx.Client(base_url=url, timeout=30) as client:
        wait_until_ready(url)
        found = Figures(client)
    assert found["cutout_triton_scraped", {}] == 0
    assert found["cutout_ready", {}] == 1
    assert "nv_inference_count" not in found.families
