"""Rolling out versions, as operators do it and as callers see it, on a real Triton."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.keys.file import changing
from gateway.settings import Settings
from gateway.triton import triton_control
from tests.photos import photo
from tests.servers import TRITON_KEY
from tests.service import PROCESS, Triton, assert_problem, running_gateway, running_triton, wait_until_ready
from tests.standin import write_model
from tests.store.memory import MemoryStore
from tests.versions import NUMBERS, add_all

CAT = photo("chelsea")
ROLLOUT = "/admin/rollout"
MODEL = "standin"
QUICK = {"requests": 8, "pictures": 8, "hold_seconds": 0, "window_seconds": 60}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, MODEL)
    return repository


@pytest.fixture(scope="module")
def triton(repository: Path) -> Iterator[Triton]:
    with running_triton(repository, MODEL, preload=False) as triton:
        add_all(repository / MODEL)
        yield triton


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="module")
def callers(keys: Path) -> list[str]:
    """The keys of two hundred."""
    with changing(keys) as change:
        ring, made = change.ring, []
        for number in range(200):
            ring, key = ring.created(f"caller {number}", ("process",), (), None, datetime.now(UTC))
            made.append(key.text)
        change.ring = ring
    return made


@pytest.fixture(scope="module")
def admin(keys: Path) -> str:
    with changing(keys) as change:
        change.ring, made = change.ring.created("operator", ("admin", "process"), (), None, datetime.now(UTC))
    return made.text


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def settings(repository: Path, keys: Path, callers: list[str]) -> Settings:
    return Settings(model=MODEL, keys=keys, repository=repository, plan_seconds=0.1, load_seconds=20)


@pytest.fixture
def first_alone(triton: Triton, repository: Path) -> None:
    """Whatever the test before left loaded."""

    async def load() -> None:
        async with triton_control(triton.address, repository, 20, TRITON_KEY) as control:
            await control.load(MODEL, [1])
            while await control.loaded(MODEL) != {1}:
                await asyncio.sleep(0.05)

    asyncio.run(load())


@pytest.fixture
def operator(
    first_alone: None, settings: Settings, triton: Triton, store: MemoryStore, admin: str
) -> Iterator[httpx.Client]:
    """Of a gateway on an empty store."""
    with running_gateway(settings, triton.address, store) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60, headers={"X-Api-Key": admin}) as client:
            yield client


def start(operator: httpx.Client, kind: str, **parameters: Any) -> httpx.Response:
    body = QUICK | {"version": NUMBERS[kind], "stable": 1} | parameters
    return operator.post(f"{ROLLOUT}/start", json=body)


def plan(operator: httpx.Client) -> dict[str, Any]:
    return dict(operator.get(ROLLOUT).raise_for_status().json()["plan"])


def until(operator: httpx.Client, holds: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
    """The plan, once `holds` says so of it."""
    end = time.monotonic() + seconds
    while not holds(found := plan(operator)):
        assert time.monotonic() < end, operator.get(ROLLOUT).text
        time.sleep(0.05)
    return found


def ask(operator: httpx.Client, key: str, **parameters: Any) -> httpx.Response:
    return operator.post(
        PROCESS, content=CAT, params={"use_cache": "false", "max_side": 32} | parameters, headers={"X-Api-Key": key}
    )


def version(answer: httpx.Response) -> str:
    return answer.raise_for_status().headers["x-model"].removeprefix(f"{MODEL}/")


def ask_all(operator: httpx.Client, callers: list[str]) -> list[str]:
    """Which version answered each."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda key: version(ask(operator, key)), callers))


def events(operator: httpx.Client) -> list[str]:
    return [each["what"] for each in plan(operator)["history"]]


def test_there_is_no_plan_before_somebody_makes_one(operator: httpx.Client) -> None:
    assert operator.get(ROLLOUT).json() == {
        "model": MODEL,
        "generation": 0,
        "plan": None,
        "action": None,
        "why": None,
        "findings": [],
        "instances": [],
    }
    assert_problem(operator.get(f"{ROLLOUT}/compare"), 409, "conflict")
    for deed, body in (("weight", {"weight": 5}), ("shadow", {"rate": 0.5}), ("promote", {}), ("rollback", {})):
        assert_problem(operator.post(f"{ROLLOUT}/{deed}", json=body), 409, "conflict")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("empty", "no model.onnx or model.plan"),
        ("corrupt", "cannot be loaded"),
        ("other_output", "does not match its config.pbtxt: output"),
        ("other_size", "does not match its config.pbtxt: input"),
    ],
)
def test_a_version_that_cannot_serve_is_refused_with_the_reason(
    operator: httpx.Client, callers: list[str], kind: str, reason: str
) -> None:
    answer = start(operator, kind)
    assert answer.status_code == 422
    assert answer.json()["code"] == "version_refused"
    assert reason in answer.json()["detail"]
    assert "At:" not in answer.json()["detail"]
    found = operator.get(ROLLOUT).json()["plan"]
    assert found is None or (found["candidate"], found["stable"], found["weight"]) == (None, 1, 0)
    assert version(ask(operator, callers[0])) == "1"


def test_a_version_that_is_nowhere_is_refused(operator: httpx.Client) -> None:
    answer = operator.post(f"{ROLLOUT}/start", json={"version": 99})
    assert_refused(answer, "there is no model.onnx or model.plan in")


def assert_refused(answer: httpx.Response, reason: str) -> None:
    assert answer.status_code == 422
    assert answer.json()["code"] == "version_refused"
    assert reason in answer.json()["detail"]


def test_callers_move_once_and_one_way(operator: httpx.Client, callers: list[str]) -> None:
    new = str(NUMBERS["another"])
    start(operator, "another", steps="20", requests=10**6).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 20)
    first = ask_all(operator, callers)
    assert 0.1 < first.count(new) / len(callers) < 0.3
    assert set(first) == {"1", new}
    assert ask_all(operator, callers) == first
    operator.post(f"{ROLLOUT}/weight", json={"weight": 60}).raise_for_status()
    second = ask_all(operator, callers)
    assert 0.48 < second.count(new) / len(callers) < 0.72
    assert all(after == new for before, after in zip(first, second, strict=True) if before == new)
    operator.post(f"{ROLLOUT}/promote", json={"why": "it holds"}).raise_for_status()
    assert set(ask_all(operator, callers[:40])) == {new}
    operator.post(f"{ROLLOUT}/rollback", json={"why": "it does not"}).raise_for_status()
    assert set(ask_all(operator, callers[:40])) == {"1"}
    history = plan(operator)["history"]
    assert [each["what"] for each in history] == ["made", "started", "stepped", "weight", "promoted", "rolled back"]
    assert history[-1]["why"] == "it does not"
    assert {len(each["who"]) for each in history if "guard" not in each["who"]} == {8}  # the operator's key


def test_who_names_a_version_gets_it(operator: httpx.Client, callers: list[str]) -> None:
    start(operator, "another", steps="50", requests=10**6).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 50)
    for number in ("1", str(NUMBERS["another"])):
        assert {version(ask(operator, key, model_version=number)) for key in callers[:8]} == {number}
    assert_problem(ask(operator, callers[0], model_version=NUMBERS["slow"]), 422, "unknown_version")


def test_who_asks_what_serves_is_told_of_the_stable_version(operator: httpx.Client) -> None:
    new = str(NUMBERS["another"])
    start(operator, "another", steps="50", requests=10**6).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 50)
    assert serving(operator) == {"1"}
    operator.post(f"{ROLLOUT}/promote", json={}).raise_for_status()
    assert serving(operator) == {new}
    operator.post(f"{ROLLOUT}/rollback", json={}).raise_for_status()
    assert serving(operator) == {"1"}


def serving(operator: httpx.Client) -> set[str]:
    """By every route that tells."""
    answers = [operator.get(path) for path in ("/version", "/health/ready", "/health")] + [operator.post("/warmup")]
    return {each.raise_for_status().json()["model_version"] for each in answers}


def test_what_is_kept_is_of_the_version_that_answers(operator: httpx.Client, callers: list[str]) -> None:
    start(operator, "another", steps="50", requests=10**6).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 50)
    answered = {key: version(ask(operator, key)) for key in callers[:20]}
    one = {number: next(key for key, each in answered.items() if each == number) for number in set(answered.values())}
    fresh = {number: ask(operator, key).content for number, key in one.items()}
    for number, key in one.items():
        kept = [ask(operator, key, use_cache="true") for _ in range(2)]
        assert {each.headers["x-model"] for each in kept} == {f"{MODEL}/{number}"}
        assert {each.content for each in kept} == {fresh[number]}


def test_two_operators_do_not_overwrite_each_other(operator: httpx.Client) -> None:
    start(operator, "another", steps="10", requests=10**6).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 10)
    seen = operator.get(ROLLOUT).json()["generation"]
    operator.post(f"{ROLLOUT}/weight", json={"weight": 20, "generation": seen}).raise_for_status()
    answer = operator.post(f"{ROLLOUT}/promote", json={"generation": seen})
    assert_problem(answer, 409, "conflict")
    assert plan(operator)["weight"] == 20
    assert_problem(start(operator, "slow"), 409, "conflict")


def test_a_course_goes_to_its_end_by_itself(operator: httpx.Client, callers: list[str]) -> None:
    start(operator, "another", steps="50,100", requests=5).raise_for_status()
    with ThreadPoolExecutor(4) as pool:
        pool.map(lambda key: ask(operator, key), callers)
        found = until(operator, lambda plan: plan["candidate"] is None)
    assert found["stable"] == NUMBERS["another"]
    assert found["previous"] == 1
    assert events(operator) == ["made", "started", "stepped", "stepped", "promoted"]


def test_a_candidate_that_fails_is_rolled_back_and_nobody_notices(operator: httpx.Client, callers: list[str]) -> None:
    start(operator, "failing", steps="50").raise_for_status()
    until(operator, lambda plan: plan["weight"] == 50)
    assert set(ask_all(operator, callers)) == {"1"}
    found = until(operator, lambda plan: plan["candidate"] is None)
    assert found["stable"] == 1
    assert found["history"][-1]["what"] == "rolled back"
    assert "error rate" in found["history"][-1]["why"]


def test_a_candidate_that_is_slow_is_rolled_back(operator: httpx.Client, callers: list[str]) -> None:
    start(operator, "slow", steps="30", p95_ratio=1.5).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 30)
    end = time.monotonic() + 60  # on a busy machine everything is slow at first
    while plan(operator)["candidate"] is not None:
        assert time.monotonic() < end, operator.get(ROLLOUT).text
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda key: ask(operator, key), callers[:40]))
    assert "p95" in plan(operator)["history"][-1]["why"]


def test_a_candidate_with_other_masks_is_rolled_back_before_anybody_sees_them(
    operator: httpx.Client, callers: list[str]
) -> None:
    start(operator, "constant", steps="10,100", shadow=1, shadow_budget=1).raise_for_status()
    seen: Counter[str] = Counter()
    end = time.monotonic() + 30
    while plan(operator)["candidate"] is not None:
        assert time.monotonic() < end, operator.get(ROLLOUT).text
        seen.update(version(ask(operator, key)) for key in callers[:10])
    assert set(seen) == {"1"}
    assert events(operator) == ["made", "started", "rolled back"]
    assert "mask disagreement" in plan(operator)["history"][-1]["why"]
    page = operator.get(f"{ROLLOUT}/compare").raise_for_status()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'unsafe-inline'" in page.headers["content-security-policy"]
    assert "Not passed" in page.text
    assert page.text.count('<article class="case">') == 1  # all of them sent one picture


def test_both_versions_come_back_when_triton_dies(operator: httpx.Client, triton: Triton, callers: list[str]) -> None:
    start(operator, "another", steps="50", requests=10**6).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 50)
    before = ask_all(operator, callers[:40])
    triton.kill()
    after = ask_all(operator, callers[:40])
    assert set(before) == {"1", str(NUMBERS["another"])}
    assert after == before
    assert plan(operator)["candidate"] == NUMBERS["another"]


def test_another_instance_reaches_the_plan_before_it_is_ready(
    operator: httpx.Client, settings: Settings, triton: Triton, store: MemoryStore, callers: list[str]
) -> None:
    start(operator, "another", steps="50", requests=10**6).raise_for_status()
    until(operator, lambda plan: plan["weight"] == 50)
    first = ask_all(operator, callers[:40])
    with running_gateway(settings, triton.address, store) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as other:
            assert ask_all(other, callers[:40]) == first
        until(operator, lambda plan: len(operator.get(ROLLOUT).json()["instances"]) == 2)


@pytest.mark.parametrize("document", [b"{", b'{"of": "another release"}'], ids=["damaged", "of another release"])
def test_no_version_is_served_by_guessing_where_the_plan_cannot_be_read(
    first_alone: None, settings: Settings, triton: Triton, store: MemoryStore, admin: str, document: bytes
) -> None:
    """Not the newest one: it may be a candidate, or have been rolled back."""
    asyncio.run(store.put(f"rollout/{MODEL}/plan", document, media_type="application/json"))
    with running_gateway(settings, triton.address, store) as url:
        while httpx.get(url + ROLLOUT, headers={"X-Api-Key": admin}).status_code != 409:
            time.sleep(0.05)
        assert_problem(httpx.get(f"{url}/health/ready"), 503, "starting")
        asyncio.run(store.delete(f"rollout/{MODEL}/plan"))
        wait_until_ready(url)


def test_operators_alone_may(operator: httpx.Client, callers: list[str]) -> None:
    stranger = {"X-Api-Key": callers[0]}
    assert_problem(operator.get(ROLLOUT, headers=stranger), 403, "scope_missing")
    for deed in ("start", "weight", "shadow", "promote", "rollback"):
        assert_problem(operator.post(f"{ROLLOUT}/{deed}", json={}, headers=stranger), 403, "scope_missing")


@pytest.mark.parametrize(
    ("deed", "body", "named"),
    [
        ("start", {"version": 0}, "version"),
        ("start", {"version": 2, "steps": "50,10"}, "steps"),
        ("start", {"version": 2, "steps": "10,101"}, "steps"),
        ("start", {"version": 2, "shadow": 2}, "shadow"),
        ("start", {"version": 2, "window_seconds": 4000}, "window_seconds"),
        ("weight", {"weight": 101}, "weight"),
        ("shadow", {"rate": -1}, "rate"),
        ("rollback", {"why": "x" * 501}, "why"),
        ("rollback", {"why": "one\ntwo"}, "why"),
        ("rollback", {"why": "\x1b[31m"}, "why"),
        ("promote", {"generation": -1}, "generation"),
    ],
)
def test_what_is_not_allowed_is_named(operator: httpx.Client, deed: str, body: dict[str, Any], named: str) -> None:
    problem = assert_problem(operator.post(f"{ROLLOUT}/{deed}", json=body), 422, "invalid_parameter")
    assert named in str(problem["detail"])


def test_a_service_without_a_store_rolls_nothing_out(settings: Settings, triton: Triton, admin: str) -> None:
    with running_gateway(settings, triton.address) as url:
        assert_problem(httpx.get(url + ROLLOUT, headers={"X-Api-Key": admin}), 503, "store_unavailable")
