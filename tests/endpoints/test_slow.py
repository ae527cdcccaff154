"""GET /debug/slow of a real service: which requests took long, and what of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.audit.pseudonym import pseudonym
from gateway.stopwatch import STAGES
from tests.conftest import LIMITS
from tests.photos import photo
from tests.service import PROCESS, WITH_EFFECTS, Triton, assert_problem, running_gateway, wait_until_ready

SLOW = "/debug/slow"
JPEG = photo("chelsea")


@pytest.fixture(scope="module")
def service(triton: Triton) -> Iterator[httpx.Client]:
    """It has been asked for a few things by whoever."""
    with running_gateway(LIMITS, triton.address) as url, httpx.Client(base_url=url, timeout=60) as client:
        wait_until_ready(url)
        drawn = client.post(WITH_EFFECTS, content=JPEG, params={"return_all_effects": "true"})
        assert drawn.status_code == 200
        assert client.post(PROCESS, content=JPEG, headers={"X-Request-ID": "one-picture"}).status_code == 200
        assert client.post(PROCESS, content=b"hello").status_code == 415
        client.get("/session/secret/images")
        client.get("/metrics")
        with client.stream("GET", "/api/v2/progress/secret"):
            pass
        yield client


def test_the_slowest_comes_first_with_its_stages(service: httpx.Client) -> None:
    found = service.get(SLOW).json()["requests"]
    seconds = [each["seconds"] for each in found]
    assert seconds == sorted(seconds, reverse=True)
    (drawn,) = (each for each in found if each["route"] == WITH_EFFECTS)
    assert (drawn["status"], drawn["method"], drawn["model"], drawn["outcome"]) == (200, "POST", "standin_demo", "miss")
    assert datetime.now(UTC) - datetime.fromisoformat(drawn["began"]) < timedelta(minutes=5)
    assert drawn["stages"].keys() <= STAGES.keys()
    assert sum(drawn["stages"].values()) <= 1000 * drawn["seconds"] + 1
    effects = {lap["what"] for lap in drawn["laps"] if lap["stage"] == "effect"}
    assert {"popart", "mosaic", "watercolor"} <= effects
    assert all(lap["begin"] + lap["duration"] <= 1000 * drawn["seconds"] + 1 for lap in drawn["laps"])


def test_what_failed_says_by_which_code(service: httpx.Client) -> None:
    found = service.get(SLOW, params={"route": PROCESS}).json()["requests"]
    assert sorted((each["status"], each["code"]) for each in found) == [(200, ""), (415, "unsupported_image")]
    assert "one-picture" in {each["request_id"] for each in found}


def test_nothing_that_opens_something_and_nobody_who_only_looks(service: httpx.Client) -> None:
    answer = service.get(SLOW)
    assert "secret" not in answer.text
    assert f"/session/{pseudonym('secret')}/images" in answer.text
    assert "127.0.0" not in answer.text
    assert not {each["route"] for each in answer.json()["requests"]} & {"/metrics", "/health/ready", SLOW}


def test_no_more_than_asked_for(service: httpx.Client) -> None:
    assert len(service.get(SLOW, params={"limit": 1}).json()["requests"]) == 1


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"limit": "0"}, "invalid_parameter"),
        ({"limit": "51"}, "invalid_parameter"),
        ({"limit": "all"}, "invalid_parameter"),
        ({"route": "x" * 101}, "invalid_parameter"),
        ({"most": "1"}, "unknown_parameter"),
    ],
    ids=str,
)
def test_what_cannot_be_asked(service: httpx.Client, parameters: dict[str, str], code: str) -> None:
    assert_problem(service.get(SLOW, params=parameters), 422, code)


def test_whoever_is_not_on_this_machine_needs_a_key(service: httpx.Client) -> None:
    assert_problem(service.get(SLOW, headers={"X-Forwarded-For": "192.0.2.1"}), 401, "key_missing")
