"""Progress as server-sent events, beside a real picture."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import numpy as np
import pytest
import skimage.data

from gateway.settings import Settings
from tests.photos import photo, stored
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready

JPEG = photo("chelsea")
PROGRESS = "/api/v2/progress/"
Event = dict[str, str]


def events(lines: list[str]) -> list[Event]:
    """What an EventSource would make of the lines."""
    blocks = "\n".join(lines).split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.splitlines() if line) for block in blocks]
    return [each for each in fields if "event" in each]


def follow(url: str, session: str, headers: dict[str, str] | None = None) -> list[Event]:
    """Every event until the service ends the stream."""
    with httpx.stream("GET", url + PROGRESS + session, headers=headers, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        return events(list(answer.iter_lines()))


def process(url: str, session: str, **parameters: str) -> httpx.Response:
    return httpx.post(url + PROCESS, content=JPEG, params={"session_id": session, **parameters}, timeout=60)


def test_a_picture_tells_its_way(url: str) -> None:
    session = uuid4().hex
    with ThreadPoolExecutor() as pool:
        following = pool.submit(follow, url, session)
        time.sleep(0.2)
        answer = process(url, session)
        told = following.result()
    assert [each["event"] for each in told] == ["queued", "inference", "effect", "complete"]
    assert [json.loads(each["data"])["request_id"] for each in told] == [answer.headers["x-request-id"]] * 4
    assert json.loads(told[2]["data"]).items() >= {"effect": "color", "number": 1, "total": 1}.items()
    assert json.loads(told[3]["data"])["seconds"] > 0


def test_who_comes_a_moment_late_is_told_all_the_same_and_then_never_again(url: str) -> None:
    session = uuid4().hex
    process(url, session)
    told = follow(url, session)
    assert told[-1]["event"] == "complete"
    again = httpx.get(url + PROGRESS + session, headers={"Last-Event-ID": told[-1]["id"]}, timeout=10)
    assert (again.status_code, again.content) == (204, b"")  # which ends an EventSource
    rest = follow(url, session, {"Last-Event-ID": told[1]["id"]})
    assert [each["event"] for each in rest] == ["effect", "complete"]


def test_a_refusal_is_the_last_event(url: str) -> None:
    session = uuid4().hex
    answer = httpx.post(url + PROCESS, content=JPEG[:5000], params={"session_id": session})
    told = follow(url, session)
    problem = assert_problem(answer, 400, "truncated_image")
    assert told[-1]["event"] == "error"
    assert json.loads(told[-1]["data"]) == problem


def test_positions_while_others_are_before(triton: Triton) -> None:
    settings = Settings(model="standin_demo", permits=1, places=16)
    with running_gateway(settings, triton.address) as url, ThreadPoolExecutor(16) as pool:
        wait_until_ready(url)
        before = [pool.submit(process, url, uuid4().hex, model="slow") for _ in range(10)]
        time.sleep(0.15)
        session = uuid4().hex
        following = pool.submit(follow, url, session)
        assert process(url, session).status_code == 200
        told = following.result()
        assert {each.result().status_code for each in before} == {200}
    positions = [json.loads(each["data"])["position"] for each in told if each["event"] == "queued"]
    assert positions == sorted(positions, reverse=True)
    assert (positions[0] > 0, positions[-1]) == (True, 0)


def test_a_cold_start_is_told_and_waited_for(triton: Triton) -> None:
    with running_gateway(Settings(model="standin_demo"), triton.address) as url, ThreadPoolExecutor() as pool:
        session = uuid4().hex
        following = pool.submit(follow, url, session)
        answer = process(url, session)  # at once: nothing has been warmed up yet
        told = following.result()
    assert answer.status_code == 200
    names = [each["event"] for each in told]
    assert names[-1] == "complete"
    if "cold_start" in names:  # a fast machine may be ready before the first request
        assert names[0] == "cold_start"
        assert json.loads(told[0]["data"])["estimate_seconds"] is None


def test_a_model_that_does_not_come_is_told_as_a_cold_start_and_an_error(triton: Triton) -> None:
    with running_gateway(Settings(model="nobody", start_seconds=0.3), triton.address) as url:
        session = uuid4().hex
        answer = process(url, session)
        told = follow(url, session)
    assert_problem(answer, 503, "starting")
    assert [each["event"] for each in told] == ["cold_start", "error"]


def test_an_upload_that_hangs_up_ends_its_session(url: str) -> None:
    session = uuid4().hex
    large = stored(np.tile(skimage.data.coffee(), (4, 4, 1)), "JPEG")  # as AVIF it takes most of a second
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            url + PROCESS,
            content=large,
            params={"session_id": session, "model": "slow", "output_format": "avif"},
            timeout=httpx.Timeout(10, read=0.2),
        )
    told = follow(url, session)
    assert (told[-1]["event"], json.loads(told[-1]["data"])["code"]) == ("error", "client_gone")


@pytest.mark.parametrize("session", ["a%20b", "a.b", "x" * 201, "%00", "a%0Ab"])
def test_a_session_that_cannot_be(url: str, session: str) -> None:
    assert_problem(httpx.get(url + PROGRESS + session), 422, "invalid_parameter")
