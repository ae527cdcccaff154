"""A client's own deadline."""

import time

import httpx
import pytest

from gateway.endpoints.deadline import preferred
from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway

JPEG = photo("chelsea")


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("", None),
        ("wait=10", 10),
        ('respond-async, WAIT = "7"', 7),
        ("wait=10; a=b", 10),
        ("await=10", None),
        ("wait=0", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=12345678", None),
        ("wait", None),
    ],
)
def test_prefer_wait(prefer: str, seconds: int | None) -> None:
    assert preferred(prefer) == seconds


def test_a_picture_that_takes_longer_is_given_up(triton: Triton) -> None:
    with running_gateway(
        Settings(model="nobody", start_seconds=30), triton.address
    ) as url:  # which never becomes ready
        begin = time.monotonic()
        answer = httpx.post(url + PROCESS, content=JPEG, headers={"Prefer": "wait=1"}, timeout=20)
    problem = assert_problem(answer, 504, "deadline_exceeded")
    assert "1 seconds" in str(problem["detail"])
    assert 1 <= time.monotonic() - begin < 15


def test_a_longer_one_than_the_services_own_changes_nothing(triton: Triton) -> None:
    settings = Settings(model="nobody", start_seconds=30, inference_seconds=1, request_seconds=1)
    with running_gateway(settings, triton.address) as url:
        answer = httpx.post(url + PROCESS, content=JPEG, headers={"Prefer": "wait=300"}, timeout=20)
    assert_problem(answer, 503, "overloaded")
