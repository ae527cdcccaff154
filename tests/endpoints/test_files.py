"""Addresses that the service gives: encoding=url, and what they lead to."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.settings import Settings
from gateway.store.directory import DirectoryStore
from gateway.store.gcs import CloudCdn, GcsStore
from gateway.store.signatures import Grant
from tests.photos import opened, photo
from tests.service import PROCESS, WITH_EFFECTS, Triton, assert_problem, running_gateway, wait_until_ready
from tests.store.emulator import BUCKET, running_emulator

JPEG = photo("chelsea")
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectoryStore]:
    store = DirectoryStore(tmp_path_factory.mktemp("data") / "store", 10**9)
    store.open()
    yield store
    store.close()


@pytest.fixture(scope="module")
def storing(triton: Triton, store: DirectoryStore) -> Iterator[httpx.Client]:
    with running_gateway(Settings(model="standin_demo"), triton.address, store) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client


@pytest.fixture
def address(storing: httpx.Client) -> str:
    """Of chelsea's cut-out."""
    answer = storing.post(PROCESS, content=JPEG, params={"encoding": "url"}, headers=JSON).json()
    return str(answer["image"])


def test_the_address_gives_the_picture(storing: httpx.Client, address: str) -> None:
    answer = storing.get(address)
    direct = storing.post(PROCESS, content=JPEG, params={"output_format": "webp"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.content == direct.content
    assert answer.headers["etag"] == direct.headers["etag"]
    assert opened(answer.content).format == "WEBP"


def test_whoever_has_it_may_keep_and_embed_it(storing: httpx.Client, address: str) -> None:
    headers = storing.get(address).headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    kind, age, immutable = headers["cache-control"].split(", ")
    assert (kind, immutable) == ("public", "immutable")
    assert 0 < int(age.removeprefix("max-age=")) <= 86_400 + 3600


def test_what_is_not_for_everybody_no_cache_between_may_keep(storing: httpx.Client, store: DirectoryStore) -> None:
    asyncio.run(store.put("images/ab", JPEG, media_type="image/jpeg"))
    answer = storing.get(asyncio.run(store.download_url("images/ab", 600)))
    assert answer.content == JPEG
    kind, age = answer.headers["cache-control"].split(", ")
    assert kind == "private"
    assert 590 < int(age.removeprefix("max-age=")) <= 600


def test_before_a_bucket_the_address_is_the_cdn_s(triton: Triton, tmp_path: Path) -> None:
    cdn = CloudCdn("https://cdn.example", "key-1", b"0123456789abcdef")
    with running_emulator(tmp_path):
        bucket = GcsStore(BUCKET, cdn=cdn)
        with running_gateway(Settings(model="standin_demo"), triton.address, bucket) as url:
            wait_until_ready(url)
            answer = httpx.post(url + PROCESS, content=JPEG, params={"encoding": "url"}, headers=JSON, timeout=60)
            assert_problem(httpx.get(url + "/files/cache/files/ab.webp"), 404, "not_found")
        bucket.close()
    path = urlsplit(answer.json()["image"]).path.removeprefix("/")
    expires = int(parse_qs(urlsplit(answer.json()["image"]).query)["Expires"][0])
    assert path.startswith("cache/files/")
    assert answer.json()["image"] == cdn.url(path, expires)


def test_it_is_the_same_address_for_the_same_picture(storing: httpx.Client, address: str) -> None:
    again = storing.post(PROCESS, content=JPEG, params={"encoding": "url"}, headers=JSON).json()
    if parse_qs(urlsplit(again["image"]).query)["expires"] == parse_qs(urlsplit(address).query)["expires"]:
        assert again["image"] == address
    assert urlsplit(again["image"]).path == urlsplit(address).path


def test_several_effects_have_an_address_each(storing: httpx.Client) -> None:
    params = {"encoding": "url", "effects": "color,popart", "output_format": "png"}
    effects = storing.post(WITH_EFFECTS, content=JPEG, params=params).json()["effects"]
    assert list(effects) == ["color", "popart"]
    for name, given in effects.items():
        direct = storing.post(PROCESS, content=JPEG, params={"effect": name}).content
        assert storing.get(given).content == direct


def test_asked_for_again_it_is_304(storing: httpx.Client, address: str) -> None:
    tag = storing.get(address).headers["etag"]
    answer = storing.get(address, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_head(storing: httpx.Client, address: str) -> None:
    head, get = storing.head(address), storing.get(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=0-9", slice(0, 10)), ("bytes=100-", slice(100, None)), ("bytes=-5", slice(-5, None))],
)
def test_a_range(storing: httpx.Client, address: str, header: str, part: slice) -> None:
    whole, answer = storing.get(address).content, storing.get(address, headers={"Range": header})
    assert (answer.status_code, answer.content) == (206, whole[part])
    begin = len(whole[: part.start]) if part.start >= 0 else len(whole) + part.start
    assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(answer.content) - 1}/{len(whole)}"


def test_a_range_of_what_has_changed_is_the_whole(storing: httpx.Client, address: str) -> None:
    answer = storing.get(address, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (answer.status_code, answer.content) == (200, storing.get(address).content)


def test_a_range_beyond_the_end(storing: httpx.Client, address: str) -> None:
    answer = storing.get(address, headers={"Range": "bytes=99999999-"})
    assert_problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(storing.get(address).content)}"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda url: url.replace("signature=", "signature=x"), id="signature"),
        pytest.param(lambda url: url[: url.index("&signature")], id="none"),
        pytest.param(lambda url: url.replace("expires=", "expires=9"), id="later"),
        pytest.param(lambda url: url.replace("expires=", "expires=x"), id="no number"),
        pytest.param(lambda url: url.replace("cache/files/", "cache/results/"), id="another object"),
        pytest.param(lambda url: url.replace("cache/files/", "cache/../files/"), id="path"),
        pytest.param(lambda url: url.replace("cache/files/", "cache%2F..%2F..%2F"), id="encoded path"),
        pytest.param(lambda url: url.replace("/files/", "/files//"), id="empty part"),
        pytest.param(lambda url: "/files/secret", id="the secret"),
    ],
)
def test_no_other_address(storing: httpx.Client, address: str, change) -> None:
    answer = storing.get(change(address))
    if answer.status_code == 404:  # the client resolved the dots
        return
    assert_problem(answer, 403, "signature_invalid")


def test_an_address_that_is_over(storing: httpx.Client, store: DirectoryStore, address: str) -> None:
    name = urlsplit(address).path.removeprefix("/files/")
    grant = Grant("GET", name, int(time.time()) - 1)
    answer = storing.get(f"/files/{name}?{grant.query(store.secret)}")
    assert_problem(answer, 410, "expired")
    assert "no-store" in answer.headers["cache-control"]


def test_an_address_of_nothing(storing: httpx.Client, store: DirectoryStore) -> None:
    grant = Grant("GET", "cache/files/none.png", int(time.time()) + 100)
    assert_problem(storing.get(f"/files/cache/files/none.png?{grant.query(store.secret)}"), 404, "not_found")


def test_an_address_to_read_does_not_write(storing: httpx.Client, address: str) -> None:
    assert_problem(storing.put(address, content=b"x"), 405, "method_not_allowed")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", ""])
def test_whatever_lies_in_the_store_is_no_page_of_ours(storing: httpx.Client, store: DirectoryStore, kind: str) -> None:
    page = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    asyncio.run(store.put("sessions/pictures/page", page, media_type=kind))
    grant = Grant("GET", "sessions/pictures/page", int(time.time()) + 100)
    answer = storing.get(f"/files/sessions/pictures/page?{grant.query(store.secret)}&download=page.html")
    assert (answer.status_code, answer.content) == (200, page)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["content-disposition"].startswith('attachment; filename="page.html.bin"')


def test_kept_as_a_file_it_has_the_name_that_the_page_gives_it(storing: httpx.Client, address: str) -> None:
    assert "content-disposition" not in storing.get(address).headers
    for asked, status in (({}, 200), ({"Range": "bytes=0-9"}, 206)):
        answer = storing.get(f"{address}&download=Möhre.png", headers=asked)
        assert answer.status_code == status
        assert answer.headers["content-disposition"] == (
            "attachment; filename=\"M_hre.webp\"; filename*=UTF-8''M%C3%B6hre.webp"
        )
    assert_problem(storing.get(f"{address}&download=a/b"), 422, "invalid_parameter")


def test_without_a_store_there_are_no_addresses(client: httpx.Client) -> None:
    answer = client.post(PROCESS, content=JPEG, params={"encoding": "url"}, headers=JSON)
    assert "needs a store" in str(assert_problem(answer, 422, "invalid_parameter")["detail"])
    assert_problem(client.get("/files/a?expires=1&signature=x"), 404, "not_found")


def test_a_store_that_is_full_is_told(triton: Triton, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store", 10**9)
    store.open()
    (tmp_path / "store" / "tmp").rmdir()  # nothing can be written any more
    with running_gateway(Settings(model="standin_demo"), triton.address, store) as url:
        wait_until_ready(url)
        assert httpx.post(url + PROCESS, content=JPEG, timeout=30).status_code == 200
        answer = httpx.post(url + PROCESS, content=JPEG, params={"encoding": "url"}, headers=JSON, timeout=30)
        assert_problem(answer, 503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
    store.close()
