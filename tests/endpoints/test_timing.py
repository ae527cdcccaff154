"""Server-Timing is on every answer that the application gives, with the stages that are described."""

import re
from typing import Any

import httpx
import pytest

from gateway.endpoints.openapi import document
from gateway.endpoints.table import OPERATIONS
from gateway.server.protocol import MAX_HEADERS
from gateway.stopwatch import STAGES
from tests.photos import photo
from tests.server.raw import answer, connected
from tests.service import PROCESS, WITH_EFFECTS

JPEG = photo("chelsea")
SMALL = {"content": JPEG, "params": {"max_side": "64"}}
PREFLIGHT = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}


def stages(header: str) -> dict[str, float]:
    """Milliseconds by name, after checking the form (W3C Server Timing)."""
    assert re.fullmatch(r"[a-z]+;dur=\d+\.\d(, [a-z]+;dur=\d+\.\d)*", header), header
    return {name: float(spent) for name, _, spent in (each.partition(";dur=") for each in header.split(", "))}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        pytest.param("POST", PROCESS, SMALL, 200, id="picture"),
        pytest.param("POST", PROCESS, {**SMALL, "headers": {"Accept": "application/json"}}, 200, id="JSON"),
        pytest.param("POST", WITH_EFFECTS, SMALL, 200, id="effects"),
        pytest.param("POST", PROCESS, {**SMALL, "headers": {"If-None-Match": "*"}}, 304, id="known picture"),
        pytest.param("GET", "/", {"headers": {"If-None-Match": "*"}}, 304, id="known page"),
        pytest.param("GET", "/openapi.json", {"headers": {"If-None-Match": "*"}}, 304, id="known description"),
        pytest.param("GET", "/studio/studio.css", {}, 200, id="file"),
        pytest.param("HEAD", "/", {}, 200, id="HEAD"),
        pytest.param("GET", "/health/live", {}, 200, id="probe"),
        pytest.param("GET", "/metrics", {}, 200, id="figures"),
        pytest.param("GET", "/api/v2/effects/color/sample", {}, 200, id="sample"),
        pytest.param("OPTIONS", PROCESS, {}, 204, id="OPTIONS"),
        pytest.param("OPTIONS", PROCESS, {"headers": PREFLIGHT}, 204, id="preflight"),
        pytest.param("GET", "/nowhere", {}, 404, id="nowhere"),
        pytest.param("DELETE", PROCESS, {}, 405, id="method"),
        pytest.param("POST", PROCESS, {}, 400, id="empty"),
        pytest.param("POST", PROCESS, {"content": b"hello"}, 415, id="no picture"),
        pytest.param("POST", PROCESS, {"content": bytes(17_000_000)}, 413, id="too large"),
        pytest.param("GET", "/metrics", {"headers": {"X-Forwarded-For": "192.0.2.1"}}, 401, id="key"),
        pytest.param("GET", "/storage/stats", {}, 503, id="store"),
    ],
)
def test_every_answer_says_it(client: httpx.Client, method: str, path: str, sent: dict[str, Any], status: int) -> None:
    found = client.request(method, path, **sent)
    assert found.status_code == status, found.text
    told = stages(found.headers["server-timing"])
    assert told.keys() <= STAGES.keys() | {"total"}
    assert list(told)[-1] == "total"
    assert told["total"] >= max(told.values())


def test_a_stream_says_it_when_it_begins(client: httpx.Client) -> None:
    with client.stream("GET", "/api/v2/progress/nobody") as found:
        assert stages(found.headers["server-timing"]).keys() == {"total"}


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param(b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * MAX_HEADERS, 431, id="headers"),
        pytest.param(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n", 414, id="address"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n", 400, id="hosts"),
    ],
)
def test_a_refused_head_says_it(url: str, head: bytes, status: int) -> None:
    with connected(url) as connection:
        connection.sendall(head + b"\r\n")
        found, headers, _ = answer(connection)
    assert found == status
    assert stages(headers["server-timing"]).keys() == {"total"}


def test_it_is_described_on_every_answer_with_every_stage() -> None:
    paths = document(OPERATIONS, "1")["paths"]
    for each in OPERATIONS:
        for status, described in paths[each.template][each.method.lower()]["responses"].items():
            text = described["headers"]["Server-Timing"]["description"]
            assert all(f"{stage}, " in text for stage in STAGES), (each.path, status)


@pytest.mark.parametrize("shape", ["CutOut", "WithEffects"])
def test_json_describes_the_same_stages(shape: str) -> None:
    described = document(OPERATIONS, "1")["components"]["schemas"][shape]["properties"]["timing"]
    assert described["propertyNames"]["enum"] == list(STAGES)
