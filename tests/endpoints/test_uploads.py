"""Direct uploads: an address, the PUT, the confirmation, and the picture used by its id."""

import hashlib
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from gateway.keys.file import changing
from gateway.settings import Settings
from gateway.store.directory import DirectoryStore
from tests.photos import opened, photo
from tests.server.raw import connected
from tests.service import PROCESS, WITH_EFFECTS, Triton, assert_problem, running_gateway, wait_until_ready

OFFER, CONFIRM = "/api/v1/upload/signed-url", "/api/v1/upload/confirm"
JPEG = photo("chelsea")
DIGEST = hashlib.sha256(JPEG).hexdigest()


@pytest.fixture(scope="module")
def shop(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    store = DirectoryStore(tmp_path_factory.mktemp("data") / "store", 10**9)
    store.open()
    with running_gateway(Settings(model="standin_demo", max_body_bytes=1_000_000), triton.address, store) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client
    store.close()


def offered(shop: httpx.Client, data: bytes = JPEG, kind: str = "image/jpeg") -> dict[str, Any]:
    answer = shop.post(OFFER, json={"content_type": kind, "size": len(data)})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def put(shop: httpx.Client, offer: dict[str, Any], data: bytes = JPEG, kind: str = "image/jpeg") -> httpx.Response:
    return shop.put(offer["signed_url"], content=data, headers={"Content-Type": kind})


@pytest.fixture
def uploaded(shop: httpx.Client) -> dict[str, Any]:
    """An offer whose picture has arrived and is confirmed."""
    offer = offered(shop)
    assert put(shop, offer).status_code == 204
    assert shop.post(CONFIRM, json={"upload_id": offer["upload_id"], "sha256": DIGEST}).status_code == 200
    return offer


def test_the_whole_way(shop: httpx.Client) -> None:
    offer = offered(shop)
    assert offer.keys() == {"signed_url", "public_url", "upload_id", "blob_path", "content_type", "expires_in"}
    assert put(shop, offer).status_code == 204
    confirmed = shop.post(CONFIRM, json={"upload_id": offer["upload_id"]}).json()
    assert (confirmed["success"], confirmed["size"], confirmed["sha256"]) == (True, len(JPEG), DIGEST)
    assert confirmed["public_url"].partition("?")[0] == offer["public_url"].partition("?")[0]
    shown = shop.get(confirmed["public_url"])
    assert (shown.headers["content-type"], opened(shown.content).size) == ("image/jpeg", (451, 300))
    direct = shop.post(PROCESS, content=JPEG)
    by_id = shop.post(PROCESS, params={"upload_id": offer["upload_id"]})
    assert (by_id.status_code, by_id.content) == (200, direct.content)


def test_the_id_in_every_way(shop: httpx.Client, uploaded: dict[str, Any]) -> None:
    upload_id = uploaded["upload_id"]
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": {"upload_id": upload_id}},
        "JSON": {"json": {"upload_id": upload_id}},
        "form": {"files": {"upload_id": (None, upload_id)}},
    }
    contents = {shop.post(PROCESS, **sent).content for sent in ways.values()}
    assert contents == {shop.post(PROCESS, content=JPEG).content}
    effects = shop.post(WITH_EFFECTS, json={"upload_id": upload_id, "effects": "color,popart"}).json()["effects"]
    assert list(effects) == ["color", "popart"]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"json": {"content_type": "image/jpeg"}}, 422, "invalid_parameter", id="no size"),
        pytest.param({"json": {"size": 0}}, 422, "invalid_parameter", id="nothing"),
        pytest.param({"json": {"size": 1_000_001}}, 413, "body_too_large", id="too large"),
        pytest.param({"json": {"size": 5, "content_type": "text/html"}}, 422, "invalid_parameter", id="HTML"),
        pytest.param({"json": {"size": 5, "content_type": "image/png\r\nx: y"}}, 422, "invalid_parameter", id="lines"),
        pytest.param({"json": {"size": 5, "name": "x"}}, 422, "unknown_parameter", id="unknown"),
        pytest.param(
            {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "unsupported_media_type", id="text"
        ),
    ],
)
def test_an_offer_that_is_not_made(shop: httpx.Client, sent: dict[str, Any], status: int, code: str) -> None:
    assert_problem(shop.post(OFFER, **sent), status, code)


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        pytest.param(JPEG[:-1], "image/jpeg", 422, "invalid_parameter", id="shorter"),
        pytest.param(JPEG + b"x", "image/jpeg", 422, "invalid_parameter", id="longer"),
        pytest.param(JPEG, "image/png", 422, "invalid_parameter", id="another type"),
        pytest.param(JPEG, "text/html", 422, "invalid_parameter", id="HTML"),
    ],
)
def test_a_put_of_something_else(shop: httpx.Client, data: bytes, kind: str, status: int, code: str) -> None:
    offer = offered(shop)
    assert_problem(put(shop, offer, data, kind), status, code)
    assert_problem(shop.post(CONFIRM, json={"upload_id": offer["upload_id"]}), 404, "not_found")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda url: url.replace("signature=", "signature=x"), id="signature"),
        pytest.param(lambda url: url.replace("size=", "size=1"), id="size"),
        pytest.param(lambda url: url.replace("image%2Fjpeg", "text%2Fhtml"), id="type"),
        pytest.param(lambda url: url.replace("expires=", "expires=9"), id="time"),
        pytest.param(lambda url: url.replace("/uploads/uploads/", "/uploads/sessions/index/"), id="another object"),
        pytest.param(lambda url: url.partition("?")[0], id="nothing"),
    ],
)
def test_a_put_to_another_address(shop: httpx.Client, change: Any) -> None:
    offer = offered(shop)
    offer["signed_url"] = change(offer["signed_url"])
    assert_problem(put(shop, offer), 403, "signature_invalid")


def test_a_put_again_as_after_an_answer_that_was_lost(shop: httpx.Client) -> None:
    offer = offered(shop)
    assert [put(shop, offer).status_code for _ in range(2)] == [204, 204]
    assert shop.post(CONFIRM, json={"upload_id": offer["upload_id"], "sha256": DIGEST}).status_code == 200


def test_a_put_after_the_confirmation_changes_nothing(shop: httpx.Client, uploaded: dict[str, Any]) -> None:
    assert put(shop, uploaded, b"x" * len(JPEG)).status_code == 204
    asked = {"upload_id": uploaded["upload_id"]}
    assert shop.post(CONFIRM, json=asked).json()["sha256"] == DIGEST
    assert shop.post(PROCESS, params=asked).status_code == 200


def test_what_was_not_confirmed_is_not_used(shop: httpx.Client) -> None:
    offer = offered(shop)
    assert put(shop, offer).status_code == 204
    assert_problem(shop.post(PROCESS, params={"upload_id": offer["upload_id"]}), 404, "not_found")


def test_the_type_is_that_of_the_bytes(shop: httpx.Client) -> None:
    offer = offered(shop, kind="image/png")
    assert put(shop, offer, kind="image/png").status_code == 204
    assert shop.post(CONFIRM, json={"upload_id": offer["upload_id"]}).json()["content_type"] == "image/jpeg"


def test_an_address_to_write_does_not_read(shop: httpx.Client) -> None:
    offer = offered(shop)
    put(shop, offer)
    assert_problem(shop.get(offer["signed_url"]), 405, "method_not_allowed")
    assert_problem(shop.get(offer["signed_url"].replace("/uploads/", "/files/", 1)), 403, "signature_invalid")


@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"x" * 50], ids=range(3))
def test_what_is_no_picture_is_not_kept(shop: httpx.Client, data: bytes) -> None:
    offer = offered(shop, data)
    assert put(shop, offer, data).status_code == 204
    asked = {"upload_id": offer["upload_id"]}
    assert_problem(shop.post(CONFIRM, json=asked), 415, "unsupported_image")
    assert_problem(shop.post(PROCESS, params=asked), 404, "not_found")


def test_what_is_shown_says_nothing_of_where_it_was_taken(shop: httpx.Client) -> None:
    image, stream, exif = opened(JPEG), io.BytesIO(), Image.Exif()
    exif[0x010E] = "48.137154 North"
    image.save(stream, "JPEG", exif=exif)
    data = stream.getvalue()
    offer = offered(shop, data)
    put(shop, offer, data)
    shown = shop.get(shop.post(CONFIRM, json={"upload_id": offer["upload_id"]}).json()["public_url"]).content
    assert b"North" in data
    assert b"North" not in shown


def test_what_came_damaged_is_not_kept(shop: httpx.Client) -> None:
    offer = offered(shop)
    put(shop, offer)
    asked = {"upload_id": offer["upload_id"], "sha256": "0" * 64}
    assert_problem(shop.post(CONFIRM, json=asked), 422, "invalid_parameter")
    assert_problem(shop.post(PROCESS, params={"upload_id": offer["upload_id"]}), 404, "not_found")
    put(shop, offer)
    assert shop.post(CONFIRM, json={"upload_id": offer["upload_id"], "sha256": DIGEST}).status_code == 200


@pytest.mark.parametrize("cut", [JPEG[: len(JPEG) // 3], JPEG[:4]], ids=["a third", "its first bytes"])
def test_what_is_not_whole_is_not_kept(shop: httpx.Client, cut: bytes) -> None:
    offer = offered(shop, cut)
    assert put(shop, offer, cut).status_code == 204
    asked = {"upload_id": offer["upload_id"]}
    assert_problem(shop.post(CONFIRM, json=asked), 400, "truncated_image")
    assert_problem(shop.post(PROCESS, params=asked), 404, "not_found")


def test_what_was_confirmed_stays_whatever_is_asked_then(shop: httpx.Client, uploaded: dict[str, Any]) -> None:
    asked = {"upload_id": uploaded["upload_id"]}
    assert_problem(shop.post(CONFIRM, json=asked | {"sha256": "0" * 64}), 422, "invalid_parameter")
    assert shop.post(PROCESS, params=asked).status_code == 200


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"params": {"upload_id": "0" * 32}}, 404, "not_found", id="none"),
        pytest.param({"params": {"upload_id": "../x"}}, 422, "invalid_parameter", id="path"),
        pytest.param({"json": {"upload_id": 5}}, 400, "missing_image", id="number"),
        pytest.param(
            {"content": JPEG, "params": {"upload_id": "0" * 32}}, 400, "conflicting_parameter", id="and a picture"
        ),
        pytest.param(
            {"params": {"upload_id": "0" * 32, "image_url": "https://a.example/b"}},
            400,
            "conflicting_parameter",
            id="and an address",
        ),
    ],
)
def test_an_id_that_is_refused(shop: httpx.Client, sent: dict[str, Any], status: int, code: str) -> None:
    assert_problem(shop.post(PROCESS, **sent), status, code)


def test_without_a_store(client: httpx.Client) -> None:
    assert_problem(client.post(OFFER, json={"size": 5}), 503, "store_unavailable")
    assert_problem(client.post(PROCESS, params={"upload_id": "0" * 32}), 503, "store_unavailable")
    assert_problem(client.put("/uploads/a?signature=x", content=b"x"), 404, "not_found")


def test_an_upload_belongs_to_the_key_that_asked_for_it(triton: Triton, tmp_path: Path) -> None:
    keys, texts = tmp_path / "keys.json", {}
    for name in ("one", "other"):
        with changing(keys) as change:
            change.ring, made = change.ring.created(name, ("process",), (), None, datetime.now(UTC))
        texts[name] = {"X-Api-Key": made.text}
    store = DirectoryStore(tmp_path / "store", 10**9)
    store.open()
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address, store) as url:
        wait_until_ready(url)
        offer = httpx.post(url + OFFER, json={"size": len(JPEG)}, headers=texts["one"]).json()
        assert (
            httpx.put(url + offer["signed_url"], content=JPEG, headers={"Content-Type": "image/jpeg"}).status_code
            == 204
        )
        asked = {"upload_id": offer["upload_id"]}
        assert_problem(httpx.post(url + CONFIRM, json=asked, headers=texts["other"]), 404, "not_found")
        assert httpx.post(url + CONFIRM, json=asked, headers=texts["one"]).status_code == 200
        assert_problem(httpx.post(url + PROCESS, params=asked, headers=texts["other"]), 404, "not_found")
        assert httpx.post(url + PROCESS, params=asked, headers=texts["one"], timeout=30).status_code == 200
    store.close()


def test_a_picture_from_the_store_takes_the_room_of_a_body(triton: Triton, tmp_path: Path) -> None:
    store, most = DirectoryStore(tmp_path / "store", 10**9), len(JPEG) + 1000
    store.open()
    settings = Settings(model="standin_demo", max_body_bytes=most, max_bodies_bytes=most)
    with running_gateway(settings, triton.address, store) as url, httpx.Client(base_url=url, timeout=60) as client:
        wait_until_ready(url)
        offer = offered(client)
        assert put(client, offer).status_code == 204
        for path in (CONFIRM, PROCESS):
            using = {"upload_id": offer["upload_id"]}
            with connected(url, "127.0.0.2") as slow:
                slow.sendall(b"POST /warmup HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\n" + bytes(2000))
                time.sleep(0.2)
                assert_problem(client.post(path, params=using), 503, "overloaded")
            time.sleep(0.2)
            assert client.post(path, params=using).status_code == 200
    store.close()
