"""Triton killed, too many clients at once, clients that hang up."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready

JPEG = photo("chelsea")
SLOW = {"model": "slow", "output_format": "webp"}


@pytest.fixture
def small_url(triton: Triton) -> Iterator[str]:
    """A gateway with room for two pictures in work and two waiting."""
    settings = Settings(model="standin_demo", permits=2, places=2)
    with running_gateway(settings, triton.address) as url:
        wait_until_ready(url)
        yield url


def post(url: str, **parameters: str) -> httpx.Response:
    return httpx.post(url + PROCESS, content=JPEG, params=parameters, timeout=60)


def test_a_request_survives_the_death_of_triton_and_the_service_recovers(triton: Triton, url: str) -> None:
    with ThreadPoolExecutor(4) as clients:
        answers = [clients.submit(post, url, **SLOW) for _ in range(4)]
        time.sleep(0.3)
        triton.kill()
        killed = time.monotonic()
        for answer in [each.result() for each in answers]:
            if answer.status_code != 200:
                assert_problem(answer, 503, "model_unavailable")
                assert int(answer.headers["retry-after"]) >= 1
    while post(url).status_code != 200:
        assert time.monotonic() - killed < 10, "the service did not recover"
    wait_until_ready(url, seconds=10)


def test_beyond_permits_and_places_the_answer_is_503_at_once(small_url: str) -> None:
    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(lambda _: post(small_url, **SLOW), range(12)))
    assert Counter(answer.status_code for answer in answers).keys() == {200, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert_problem(answer, 503, "overloaded")
            assert int(answer.headers["retry-after"]) >= 1
    refused = max(answer.elapsed for answer in answers if answer.status_code == 503)
    assert refused < max(answer.elapsed for answer in answers if answer.status_code == 200)
    assert post(small_url).status_code == 200


def test_a_client_that_hangs_up_gives_its_place_back(small_url: str) -> None:
    address = urlsplit(small_url)
    head = f"POST {PROCESS}?model=slow HTTP/1.1\r\nHost: x\r\nContent-Length: {len(JPEG)}\r\n\r\n".encode()
    for _ in range(3):
        for _ in range(4):  # every permit and every place
            with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=5) as connection:
                connection.sendall(head + JPEG)
                time.sleep(0.02)
        time.sleep(0.1)
    begin = time.monotonic()
    assert post(small_url).status_code == 200
    assert time.monotonic() - begin < 5


def test_a_picture_that_takes_too_long_is_given_up(triton: Triton) -> None:
    settings = Settings(model="standin_demo", inference_seconds=0.05)
    with running_gateway(settings, triton.address) as url:
        wait_until_ready(url)
        with ThreadPoolExecutor(6) as clients:
            answers = list(clients.map(lambda _: post(url, **SLOW), range(6)))
    late = [answer for answer in answers if answer.status_code != 200]
    assert late
    for answer in late:
        assert_problem(answer, 504, "inference_timeout")


def test_a_request_has_a_deadline_of_its_own(triton: Triton) -> None:
    settings = Settings(model="standin_demo", inference_seconds=0.1, request_seconds=0.1, permits=1)
    with running_gateway(settings, triton.address) as url:
        wait_until_ready(url)
        with ThreadPoolExecutor(6) as clients:
            answers = list(clients.map(lambda _: post(url, **SLOW), range(6)))
    codes = {answer.json()["code"] for answer in answers if answer.status_code != 200}
    assert codes and codes <= {"overloaded", "inference_timeout"}


def test_concurrent_clients_fill_the_models_batches(triton: Triton, url: str) -> None:
    def counts() -> tuple[int, int]:
        text = httpx.get(f"http://{triton.server.metrics_address}/metrics").text
        lines = [line for line in text.splitlines() if 'model="slow"' in line]
        value = {line.partition("{")[0]: int(float(line.rpartition(" ")[2])) for line in lines}
        return value["nv_inference_count"], value["nv_inference_exec_count"]

    pictures, runs = counts()
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda _: post(url, **SLOW), range(48)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1, "a picture's answer depends on its neighbours"
    later_pictures, later_runs = counts()
    assert (later_pictures - pictures) / (later_runs - runs) > 1.5


def test_health_answers_while_every_thread_computes(url: str) -> None:
    with ThreadPoolExecutor(8) as clients:
        work = [clients.submit(post, url, **SLOW) for _ in range(16)]
        slowest = max(httpx.get(f"{url}/health/live", timeout=10).elapsed.total_seconds() for _ in range(20))
        assert {each.result().status_code for each in work} == {200}
    assert slowest < 1
