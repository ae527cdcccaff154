"""Which scope every route needs: by being refused without it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from uuid import uuid4

import httpx
import pytest
from starlette.routing import Mount, Route

from gateway.app import ROUTES
from gateway.endpoints.operation import Operation
from gateway.endpoints.table import OPERATIONS
from gateway.keys.file import changing
from gateway.keys.ring import Scope
from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready

JPEG = photo("chelsea")
SCOPES: tuple[Scope, ...] = ("process", "store", "admin", "metrics")
OPEN = {
    "/",
    "/studio",
    "/api/v2/effects/{name}/sample",
    "/files/{name:path}",
    "/uploads/{name:path}",
    "/health",
    "/health/live",
    "/health/ready",
    "/model-info",
    "/version",
    "/robots.txt",
    "/openapi.json",
    "/docs",
}
GUARDED = {
    "/api/v2/process": "process",
    "/api/v2/process-with-effects": "process",
    "/api/v2/headshot": "process",
    "/api/v2/effects": "process",
    "/api/v2/effects/{name}": "process",
    "/api/v2/effect/{name}": "process",
    "/api/v2/progress/{session_id}": "process",
    "/warmup": "process",
    "/api/v1/upload/signed-url": "process",
    "/api/v1/upload/confirm": "process",
    "/store-image": "store",
    "/api/storage/upload": "store",
    "/session/{session_id}/images": "store",
    "/session/{session_id}/complete-order": "store",
    "/session/{session_id}/move-tier": "store",
    "/metrics": "metrics",
    "/debug/slow": "admin",
    "/admin/rollout": "admin",
    "/admin/rollout/compare": "admin",
    "/admin/rollout/start": "admin",
    "/admin/rollout/weight": "admin",
    "/admin/rollout/shadow": "admin",
    "/admin/rollout/promote": "admin",
    "/admin/rollout/rollback": "admin",
    "/storage/stats": "admin",
    "/storage/cleanup": "admin",
}


class Keys:
    """A file of keys, in an operator's hands."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(
        self, *scopes: Scope, origins: tuple[str, ...] = (), expires: datetime | None = None, name: str = "test"
    ) -> str:
        with changing(self.path) as change:
            change.ring, made = change.ring.created(name, scopes, origins, expires, datetime.now(UTC))
        return made.text


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def texts(keys: Keys) -> dict[str, str]:
    """A key for each scope, and one that has expired, one of other pages."""
    now = datetime.now(UTC)
    return {
        **{scope: keys.add(scope) for scope in SCOPES},
        "expired": keys.add(*SCOPES, expires=now - timedelta(seconds=1)),
        "shop": keys.add("process", origins=("https://shop.example",)),
    }


@pytest.fixture(scope="module")
def locked(triton: Triton, keys: Keys, texts: dict[str, str]) -> Iterator[httpx.Client]:
    with running_gateway(Settings(model="standin_demo", keys=keys.path), triton.address) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client


def ask(client: httpx.Client, operation: Operation, **headers: str) -> httpx.Response:
    path = operation.template.format(name="color", session_id="s1")
    content = JPEG if operation.picture else None
    with client.stream(operation.method, path, content=content, headers=headers) as answer:
        if "event-stream" not in answer.headers.get("content-type", ""):  # which would not end
            answer.read()
        return answer


def test_every_route_is_listed_here() -> None:
    paths = {route.path for route in ROUTES if isinstance(route, Route | Mount)}
    assert len(paths) == len(ROUTES)
    assert paths == OPEN | GUARDED.keys()
    assert {each.path: each.scope for each in OPERATIONS if each.scope} == GUARDED


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.scope], ids=lambda each: each.path)
def test_a_scope_is_needed(locked: httpx.Client, texts: dict[str, str], operation: Operation) -> None:
    missing = ask(locked, operation, **{"X-Forwarded-For": "192.0.2.1"})  # figures are open to this machine
    assert_problem(missing, 401, "key_missing")
    assert missing.headers["www-authenticate"] == "Bearer"
    for scope in SCOPES:
        answer = ask(locked, operation, **{"X-Api-Key": texts[scope]})
        if scope == operation.scope:
            allowed = (
                {200} if operation.scope == "process" and "/upload/" not in operation.path else {200, 422, 503}
            )  # without a store there is nothing to see
            assert answer.status_code in allowed, answer.text
        else:
            assert_problem(answer, 403, "scope_missing")


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if not each.scope], ids=lambda each: each.path)
def test_some_are_open(locked: httpx.Client, operation: Operation) -> None:
    assert ask(locked, operation).status_code == (
        404 if operation.path.startswith(("/files", "/uploads")) else 200
    )  # without a store


def test_the_page_is_open(locked: httpx.Client) -> None:
    assert locked.get("/").status_code == locked.get("/studio/studio.js").status_code == 200


def post(client: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    return client.post(PROCESS, content=JPEG, headers=headers)


def test_both_ways_to_present_a_key(locked: httpx.Client, texts: dict[str, str]) -> None:
    text = texts["process"]
    for headers in (
        {"Authorization": f"Bearer {text}"},
        {"Authorization": f"bearer  {text}"},
        {"X-Api-Key": text},
        {"X-Api-Key": text, "Authorization": f"Bearer {text}"},
        {"X-Api-Key": text, "Authorization": "Basic dTpw"},
    ):
        assert post(locked, headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Api-Key": "x"},
        {"Authorization": "Bearer x"},
        {"X-Api-Key": "cutout_aaaaaaaa_" + "A" * 43},
        {"X-Api-Key": "x" * 8000},
        {"X-Api-Key": b"\xff\xfe".decode("latin-1")},
    ],
    ids=["short", "bearer", "unknown", "long", "not ASCII"],
)
def test_what_is_no_key_of_ours(locked: httpx.Client, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert_problem(post(locked, raw), 401, "key_unknown")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second"),
    [("X-Api-Key", "Authorization"), ("X-Api-Key", "X-Api-Key"), ("Authorization", "Authorization")],
)
def test_two_different_keys(locked: httpx.Client, texts: dict[str, str], first: str, second: str) -> None:
    """Which of them counts would be up to whoever stands in between."""
    forms = {"X-Api-Key": "{}", "Authorization": "Bearer {}"}
    headers = [(first, forms[first].format(texts["process"])), (second, forms[second].format(texts["admin"]))]
    assert_problem(locked.post(PROCESS, content=JPEG, headers=headers), 401, "key_unknown")


def test_an_expired_key(locked: httpx.Client, texts: dict[str, str]) -> None:
    assert_problem(post(locked, {"X-Api-Key": texts["expired"]}), 401, "key_expired")


def test_a_key_of_certain_pages(locked: httpx.Client, texts: dict[str, str]) -> None:
    own, foreign = "https://shop.example", "https://thief.example"
    allowed = post(locked, {"X-Api-Key": texts["shop"], "Origin": own})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, own)
    refused = post(locked, {"X-Api-Key": texts["shop"], "Origin": foreign})
    assert_problem(refused, 403, "origin_not_allowed")
    assert "access-control-allow-origin" not in refused.headers
    assert post(locked, {"X-Api-Key": texts["shop"]}).status_code == 200  # a server sends no Origin


def test_nothing_is_read_of_a_body_that_comes_without_a_key(locked: httpx.Client) -> None:
    begin = time.monotonic()
    assert_problem(locked.post(PROCESS, content=bytes(40_000_000)), 401, "key_missing")
    assert time.monotonic() - begin < 10


def test_a_session_belongs_to_the_key_that_made_it(locked: httpx.Client, keys: Keys, texts: dict[str, str]) -> None:
    session = uuid4().hex
    locked.post(PROCESS, content=JPEG, params={"session_id": session}, headers={"X-Api-Key": texts["process"]})
    path = f"/api/v2/progress/{session}"
    assert "complete" in locked.get(path, headers={"X-Api-Key": texts["process"]}).text
    heard: list[str] = []
    with pytest.raises(httpx.ReadTimeout):
        _listen(locked, path, texts["shop"], heard)
    assert not [line for line in heard if line.startswith("event")]


def _listen(client: httpx.Client, path: str, key: str, heard: list[str]) -> None:
    with client.stream("GET", path, headers={"X-Api-Key": key}, timeout=0.5) as answer:
        for line in answer.iter_lines():
            heard.append(line)


def test_keys_come_and_go_without_a_restart(locked: httpx.Client, keys: Keys) -> None:
    text = keys.add("process", name="late")
    end = time.monotonic() + 10
    while post(locked, {"X-Api-Key": text}).status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.2)
    with changing(keys.path) as change:
        change.ring = change.ring.revoked(text.split("_")[1], datetime.now(UTC))
    while post(locked, {"X-Api-Key": text}).status_code != 401:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_nobody_notices_that_keys_are_read_anew(locked: httpx.Client, keys: Keys, texts: dict[str, str]) -> None:
    over = Event()

    def ask_until_over() -> set[int]:
        seen = set()
        while not over.is_set():
            seen.add(locked.get("/api/v2/effects", headers={"X-Api-Key": texts["process"]}).status_code)
        return seen

    with ThreadPoolExecutor(2) as clients:
        seen = [clients.submit(ask_until_over) for _ in range(2)]
        try:
            keys.path.write_text(keys.path.read_text())  # in place, as an editor does it
            late = keys.add("process", name="meanwhile")
            end = time.monotonic() + 10
            while locked.get("/api/v2/effects", headers={"X-Api-Key": late}).status_code != 200:
                assert time.monotonic() < end
                time.sleep(0.05)
        finally:
            over.set()
    assert [each.result() for each in seen] == [{200}, {200}]


def test_without_keys_everything_but_administration_is_open(client: httpx.Client) -> None:
    assert client.post(PROCESS, content=JPEG, headers={"X-Api-Key": "anything"}).status_code == 200
