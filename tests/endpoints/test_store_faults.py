"""A store that fails beside a service that goes on, and two services on one store."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from gateway.settings import Settings
from gateway.store.directory import DirectoryStore
from gateway.store.gcs import GcsStore
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready
from tests.store.emulator import BUCKET, Emulator, running_emulator

CAT, CUP = photo("chelsea"), photo("coffee")
JSON = {"Accept": "application/json"}
SETTINGS = Settings(model="standin_demo")


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with running_emulator(tmp_path) as emulator:
        yield emulator


@pytest.fixture
def bucket(emulator: Emulator) -> Iterator[GcsStore]:
    store = GcsStore(BUCKET, seconds=1.5)
    store.open()
    yield store
    emulator.faults()
    store.close()


@pytest.fixture
def service(triton: Triton, bucket: GcsStore) -> Iterator[httpx.Client]:
    """One whose store is a bucket."""
    with running_gateway(SETTINGS, triton.address, bucket) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client


def fresh(number: int) -> bytes:
    """A photo that nobody has sent yet: bytes after its end do not belong to a JPEG."""
    return CAT + number.to_bytes(4, "big")


def until(client: httpx.Client, said: str, content: bytes) -> None:
    """Sends the photo until X-Cache says so."""
    end = time.monotonic() + 20
    while client.post(PROCESS, content=content).headers["x-cache"] != said:
        assert time.monotonic() < end, f"it is never a {said}"
        time.sleep(0.05)


@pytest.mark.parametrize("fault", ["killed", "5 s late", "503"])
def test_pictures_need_no_store(service: httpx.Client, emulator: Emulator, fault: str) -> None:
    assert service.post(PROCESS, content=fresh(0)).status_code == 200
    {
        "killed": emulator.kill,
        "5 s late": lambda: emulator.faults(latency=5),
        "503": lambda: emulator.faults(status=503),
    }[fault]()
    for number in (1, 2):
        begin = time.monotonic()
        answer = service.post(PROCESS, content=fresh(number))
        assert (answer.status_code, answer.headers["x-cache"]) == (200, "miss")
        assert time.monotonic() - begin < 9  # two looks, for the file and for the mask, are given up
    begin = time.monotonic()
    answer = service.post(PROCESS, content=fresh(2), params={"encoding": "url"}, headers=JSON)
    assert_problem(answer, 503, "store_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert time.monotonic() - begin < 12


def test_an_emulator_that_comes_back_is_used_again(service: httpx.Client, emulator: Emulator, bucket: GcsStore) -> None:
    service.post(PROCESS, content=fresh(0))
    emulator.kill()
    assert service.post(PROCESS, content=fresh(1)).status_code == 200
    emulator.start()
    assert service.post(PROCESS, content=fresh(2)).status_code == 200
    end = time.monotonic() + 20
    while len(_names(bucket)) < 2:
        assert time.monotonic() < end, "nothing is kept any more"
        time.sleep(0.05)


def _names(store: GcsStore) -> list[str]:
    return [info.name for info in asyncio.run(store.list("cache/"))]


@pytest.mark.parametrize("kind", ["directory", "bucket"])
def test_two_services_on_one_store_share_what_is_kept(
    triton: Triton, tmp_path: Path, emulator: Emulator, kind: str
) -> None:
    with ExitStack() as stack:
        clients = []
        for _ in range(2):
            store: DirectoryStore | GcsStore
            store = DirectoryStore(tmp_path / "store", 10**9) if kind == "directory" else GcsStore(BUCKET, seconds=2)
            store.open()
            stack.callback(store.close)
            url = stack.enter_context(running_gateway(SETTINGS, triton.address, store))
            wait_until_ready(url)
            clients.append(stack.enter_context(httpx.Client(base_url=url, timeout=60)))
        one, other = clients
        first = one.post(PROCESS, content=CUP)
        until(other, "hit", CUP)
        assert other.post(PROCESS, content=CUP).content == first.content


def test_an_address_of_one_service_is_good_at_the_other(triton: Triton, tmp_path: Path) -> None:
    with ExitStack() as stack:
        urls = []
        for _ in range(2):
            store = DirectoryStore(tmp_path / "store", 10**9)
            store.open()
            stack.callback(store.close)
            urls.append(stack.enter_context(running_gateway(SETTINGS, triton.address, store)))
            wait_until_ready(urls[-1])
        address = httpx.post(urls[0] + PROCESS, content=CUP, params={"encoding": "url"}, headers=JSON, timeout=60)
        answer = httpx.get(urls[1] + address.json()["image"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")


def test_a_file_of_the_cache_that_is_cut_short_is_made_again(triton: Triton, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store", 10**9)
    store.open()
    with running_gateway(SETTINGS, triton.address, store) as url:
        wait_until_ready(url)
        first = httpx.post(url + PROCESS, content=CUP, timeout=60)
    files = [path for path in (tmp_path / "store" / "objects").rglob("*~") if path.is_file()]
    assert len(files) == 2
    for path in files:
        path.write_bytes(path.read_bytes()[:-7])
    with running_gateway(SETTINGS, triton.address, store) as url:  # with nothing at hand
        wait_until_ready(url)
        again = httpx.post(url + PROCESS, content=CUP, timeout=60)
    assert (again.headers["x-cache"], again.content) == ("miss", first.content)
    store.close()
