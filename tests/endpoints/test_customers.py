"""Customers' pictures over HTTP: as the shop's old pages send them, and as nobody should."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from gateway.keys.file import changing
from gateway.settings import Settings
from gateway.store.directory import DirectoryStore
from tests.photos import opened, photo, stored
from tests.service import Triton, assert_problem, running_gateway, wait_until_ready

STORE_IMAGE, UPLOAD = "/store-image", "/api/storage/upload"
JPEG, PNG = photo("chelsea"), photo("chelsea", "PNG")
FILE = {"file": ("cat.jpg", JPEG, "image/jpeg")}


def data_url(data: bytes, kind: str = "jpeg") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def test_metadata_is_measured_before_it_is_read(shop: httpx.Client) -> None:
    picture = data_url(JPEG).encode()
    body = b'{"images": {"original": "' + picture + b'"}, "metadata": {"a": [' + b"[]," * 5_000_000 + b"1]}}"
    answer = shop.post(UPLOAD, content=body, headers={"Content-Type": "application/json"})
    assert "metadata has 15000003 bytes" in str(assert_problem(answer, 413, "body_too_large")["detail"])


@pytest.mark.parametrize(
    "value",
    [b'"\xff"', b'"\\ud800"', b"[" * 20_000 + b"]" * 20_000, b'"\\x"', b"1e999"],
    ids=lambda value: str(value[:9]),
)
def test_metadata_that_cannot_be_read(shop: httpx.Client, value: bytes) -> None:
    body = b'{"images": {"original": "' + data_url(JPEG).encode() + b'"}, "metadata": {"a": ' + value + b"}}"
    answer = shop.post(UPLOAD, content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400, "malformed_json")


@pytest.mark.parametrize("count", [64, 65])
def test_the_fields_of_a_form_are_bounded(shop: httpx.Client, count: int) -> None:
    body = "&".join(["tier=archived"] * count)
    answer = shop.post(
        "/session/s/move-tier", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert_problem(answer, *((404, "not_found") if count == 64 else (422, "invalid_parameter")))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectoryStore]:
    store = DirectoryStore(tmp_path_factory.mktemp("data") / "store", 10**9)
    store.open()
    yield store
    store.close()


@pytest.fixture(scope="module")
def shop(triton: Triton, store: DirectoryStore) -> Iterator[httpx.Client]:
    with running_gateway(Settings(model="standin_demo"), triton.address, store) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client


def test_the_old_shop_s_calls(shop: httpx.Client) -> None:
    """As they are written in its pages."""
    body = {
        "session_id": "s1",
        "images": {"original": data_url(JPEG), "processed": data_url(PNG, "png")},
        "metadata": {"pet_name": "Bella"},
    }
    answer = shop.post(UPLOAD, json=body)
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert (content.keys(), content["session_id"]) == ({"urls", "session_id"}, "s1")
    assert content["urls"].keys() == {"original", "processed"}
    assert opened(shop.get(content["urls"]["original"]).content).size == (451, 300)
    assert opened(shop.get(content["urls"]["processed"]).content).format == "PNG"

    fields = {"session_id": "s1", "image_type": "popart", "pet_name": "Bella", "effect_applied": "popart"}
    stored_ = shop.post(STORE_IMAGE, files=FILE, data=fields | {"tier": "temporary"}).json()
    assert stored_.keys() == {"success", "url", "session_id", "image_type", "tier", "filename"}
    assert (stored_["success"], stored_["session_id"], stored_["tier"]) == (True, "s1", "temporary")
    assert (stored_["image_type"], stored_["filename"]) == ("popart", "popart.jpg")

    images = shop.get("/session/s1/images").json()
    assert [each["image_type"] for each in images["images"]] == ["original", "processed", "popart"]
    assert (images["total"], images["tier"], images["metadata"]) == (3, "temporary", {"pet_name": "Bella"})
    assert images["images"][2]["pet_name"] == "Bella"

    done = shop.post("/session/s1/complete-order").json()
    assert (done["success"], done["tier"], done["total"]) == (True, "order_completed", 3)
    assert shop.post("/session/s1/complete-order").json()["tier"] == "order_completed"
    moved = shop.post("/session/s1/move-tier", json={"tier": "archived"}).json()
    assert moved["tier"] == "archived"
    for each in moved["images"]:
        assert shop.get(each["url"]).status_code == 200
        left = datetime.fromisoformat(each["expires"]) - datetime.now(UTC)
        assert 729 <= left.days <= 730


def test_a_session_is_made_where_none_is_named(shop: httpx.Client) -> None:
    one = shop.post(STORE_IMAGE, files=FILE).json()
    other = shop.post(UPLOAD, json={"images": {"original": data_url(JPEG)}}).json()
    assert one["session_id"] != other["session_id"]
    assert shop.get(f"/session/{one['session_id']}/images").json()["total"] == 1


def test_other_ways_to_send_a_picture(shop: httpx.Client) -> None:
    for sent in (
        {"content": JPEG, "params": {"session_id": "ways", "image_type": "a"}},
        {"json": {"image": data_url(JPEG), "session_id": "ways", "image_type": "b"}},
    ):
        assert shop.post(STORE_IMAGE, **sent).json()["session_id"] == "ways"
    assert shop.get("/session/ways/images").json()["total"] == 2


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"files": FILE, "data": {"session_id": "../x"}}, 422, "invalid_parameter", id="session"),
        pytest.param({"files": FILE, "data": {"image_type": "a b"}}, 422, "invalid_parameter", id="type"),
        pytest.param({"files": FILE, "data": {"tier": "forever"}}, 422, "invalid_parameter", id="tier"),
        pytest.param({"files": FILE, "data": {"pet_name": "x" * 501}}, 422, "invalid_parameter", id="long name"),
        pytest.param({"files": FILE, "data": {"owner": "x"}}, 422, "unknown_parameter", id="unknown"),
        pytest.param({"data": {"session_id": "s"}, "files": {}}, 415, "unsupported_media_type", id="no file"),
        pytest.param({"files": {"file": ("a.svg", b"<svg/>", "image/svg+xml")}}, 415, "unsupported_image", id="SVG"),
        pytest.param({"files": {"file": ("a.jpg", JPEG[:4000], "image/jpeg")}}, 400, "truncated_image", id="cut"),
        pytest.param({"content": b""}, 400, "empty_body", id="empty"),
    ],
)
def test_store_image_refuses(shop: httpx.Client, sent: dict[str, Any], status: int, code: str) -> None:
    assert_problem(shop.post(STORE_IMAGE, **sent), status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"session_id": "s", "images": {}}, 400, "missing_image", id="no image"),
        pytest.param({"session_id": "s"}, 400, "missing_image", id="no images"),
        pytest.param({"images": {"original": None}}, 400, "missing_image", id="null"),
        pytest.param({"images": {"original": ""}}, 400, "missing_image", id="empty"),
        pytest.param({"images": {"other": data_url(JPEG)}}, 422, "invalid_parameter", id="another image"),
        pytest.param({"images": {"original": "data:image/png;base64"}}, 400, "malformed_data_url", id="no comma"),
        pytest.param({"images": {"original": "data:text/html,<b>"}}, 415, "unsupported_image", id="HTML"),
        pytest.param({"images": {"original": data_url(b"GIF89a")}}, 400, "truncated_image", id="cut"),
        pytest.param({"images": [data_url(JPEG)]}, 400, "malformed_json", id="a list"),
        pytest.param({"images": {"original": 5}}, 400, "malformed_json", id="a number"),
        pytest.param({"images": {"original": data_url(JPEG)}, "extra": 1}, 400, "malformed_json", id="more"),
        pytest.param(
            {"images": {"original": data_url(JPEG)}, "session_id": "a b"}, 422, "invalid_parameter", id="session"
        ),
        pytest.param(
            {"images": {"original": data_url(JPEG)}, "metadata": {"a": 1}}, 422, "invalid_parameter", id="no text"
        ),
        pytest.param(
            {"images": {"original": data_url(JPEG)}, "metadata": {f"a{n}": "" for n in range(21)}},
            422,
            "invalid_parameter",
            id="much metadata",
        ),
    ],
)
def test_upload_refuses(shop: httpx.Client, body: object, status: int, code: str) -> None:
    answer = shop.post(UPLOAD, json=body)
    assert answer.status_code == status, answer.text
    assert_problem(answer, status, answer.json()["code"])
    assert answer.json()["code"] in (code, "unsupported_image", "unsupported_media_type")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"images": {"original": "' + b"x" * 100, b'["' * 5000], ids=range(6)
)
def test_upload_of_no_json(shop: httpx.Client, body: bytes) -> None:
    assert_problem(shop.post(UPLOAD, content=body, headers={"Content-Type": "application/json"}), 400, "malformed_json")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(b'"session_id": "one"', b'"session_id": "two"', id="session"),
        pytest.param(b'"metadata": {"a": "1", "a": "2"}', b'"session_id": "one"', id="metadata"),
        pytest.param(b'"images": {"original": "AAAA"}', b'"session_id": "one"', id="images"),
        pytest.param(b'"s\\u0065ssion_id": "one"', b'"session_id": "two"', id="escaped"),
    ],
)
def test_upload_of_two_minds(shop: httpx.Client, first: bytes, second: bytes) -> None:
    """Whoever looks at the body before us may take the other one."""
    picture = data_url(JPEG).encode()
    body = b"{" + first + b", " + second + b', "images": {"original": "' + picture + b'"}}'
    answer = shop.post(UPLOAD, content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400, "conflicting_parameter")


def test_upload_of_another_type(shop: httpx.Client) -> None:
    assert_problem(shop.post(UPLOAD, content=JPEG), 415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/session/none/images", "/session/none/complete-order", "/session/none/move-tier"])
def test_a_session_that_is_not_there(shop: httpx.Client, path: str) -> None:
    if path.endswith("images"):
        answer = shop.get(path)
    else:
        answer = shop.post(path, json={"tier": "archived"} if "tier" in path else None)
    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize(
    "sent", [{}, {"json": {"tier": "forever"}}, {"params": {"tier": "7"}}, {"data": {"tier": ""}}], ids=str
)
def test_a_tier_that_is_none(shop: httpx.Client, sent: dict[str, Any]) -> None:
    shop.post(STORE_IMAGE, files=FILE, data={"session_id": "tiers"})
    assert_problem(shop.post("/session/tiers/move-tier", **sent), 422, "invalid_parameter")


@pytest.mark.parametrize(
    "sent", [{"json": {"tier": "archived"}}, {"params": {"tier": "archived"}}, {"data": {"tier": "archived"}}], ids=str
)
def test_a_tier_in_every_way(shop: httpx.Client, sent: dict[str, Any]) -> None:
    name = f"way{hash(str(sent)) % 1000}"
    shop.post(STORE_IMAGE, files=FILE, data={"session_id": name})
    assert shop.post(f"/session/{name}/move-tier", **sent).json()["tier"] == "archived"


def test_a_tier_that_comes_with_a_picture_takes_nothing_away(shop: httpx.Client) -> None:
    """The old shop names one with each picture, also after the order."""
    for sent, kept in (("order_pending", "order_pending"), ("temporary", "order_pending"), ("archived", "archived")):
        fields = {"session_id": "fixed", "tier": sent, "image_type": sent}
        assert shop.post(STORE_IMAGE, files=FILE, data=fields).json()["tier"] == kept
    assert shop.post("/session/fixed/complete-order").json()["tier"] == "archived"
    images = shop.get("/session/fixed/images").json()
    assert (images["total"], images["tier"]) == (3, "archived")
    assert {datetime.fromisoformat(each["expires"]).year - datetime.now(UTC).year for each in images["images"]} <= {
        2,
        3,
    }


def test_an_address_is_good_after_the_order_as_well(shop: httpx.Client) -> None:
    urls = [
        shop.post(STORE_IMAGE, files=FILE, data={"session_id": "mailed", "image_type": kind}).json()["url"]
        for kind in ("read", "unread")
    ]
    assert shop.get(urls[0]).status_code == 200
    assert shop.post("/session/mailed/complete-order").json()["total"] == 2
    assert [shop.get(url).status_code for url in urls] == [200, 200]


def test_operators_see_sums_and_clean(shop: httpx.Client) -> None:
    shop.post(STORE_IMAGE, files=FILE, data={"session_id": "counted", "tier": "order_pending"})
    stats = shop.get("/storage/stats").json()
    assert stats["tiers"].keys() == {"temporary", "order_pending", "order_completed", "archived"}
    assert stats["tiers"]["order_pending"]["pictures"] >= 1
    assert stats["total"]["bytes"] == sum(each["bytes"] for each in stats["tiers"].values())
    found = shop.post("/storage/cleanup").json()
    assert found.keys() == {"dry_run", "sessions", "unreadable", "pictures", "bytes", "orphans", "orphan_bytes"}
    assert found["dry_run"] is True
    assert shop.post("/storage/cleanup", params={"dry_run": "false"}).json()["orphans"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"X-Forwarded-For": "1.2.3.4"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example"},
    ],
    ids=str,
)
def test_a_page_in_a_browser_on_the_operator_s_machine_is_no_operator(
    shop: httpx.Client, headers: dict[str, str]
) -> None:
    assert_problem(shop.get("/storage/stats", headers=headers), 401, "key_missing")
    assert_problem(shop.post("/storage/cleanup", headers=headers), 401, "key_missing")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_an_operator_calls_this_machine_by_its_own_names(shop: httpx.Client, host: str) -> None:
    assert shop.get("/storage/stats", headers={"Host": host}).status_code == 200


def test_a_session_belongs_to_the_key_that_made_it(triton: Triton, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    texts = {}
    for name in ("one", "other"):
        with changing(keys) as change:
            change.ring, made = change.ring.created(name, ("store",), (), None, datetime.now(UTC))
        texts[name] = made.text
    store = DirectoryStore(tmp_path / "store", 10**9)
    store.open()
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address, store) as url:
        one, other = ({"X-Api-Key": texts[name]} for name in ("one", "other"))
        sent = httpx.post(url + STORE_IMAGE, files=FILE, data={"session_id": "s"}, headers=one, timeout=30)
        assert sent.status_code == 200
        assert httpx.get(f"{url}/session/s/images", headers=one).json()["total"] == 1
        assert_problem(httpx.get(f"{url}/session/s/images", headers=other), 404, "not_found")
        assert_problem(httpx.get(f"{url}/session/s/images"), 401, "key_missing")
        assert_problem(httpx.get(f"{url}/storage/stats", headers=one), 403, "scope_missing")
        assert httpx.get(url + sent.json()["url"]).status_code == 200  # the address is the permission
        again = httpx.post(url + STORE_IMAGE, files=FILE, data={"session_id": "s"}, headers=other, timeout=30)
        assert again.status_code == 200  # a session of its own
        assert httpx.get(f"{url}/session/s/images", headers=one).json()["total"] == 1
    store.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", STORE_IMAGE),
        ("POST", UPLOAD),
        ("GET", "/session/s/images"),
        ("GET", "/storage/stats"),
        ("POST", "/storage/cleanup"),
    ],
)
def test_without_a_store_nothing_is_kept(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path, content=JPEG if path == STORE_IMAGE else None)
    assert_problem(answer, 503, "store_unavailable")
    assert answer.headers["retry-after"] == "3600"


def test_what_is_kept_says_nothing_about_the_customer(
    shop: httpx.Client, store: DirectoryStore, tmp_path: Path
) -> None:
    sent = shop.post(STORE_IMAGE, files=FILE, data={"session_id": "private", "pet_name": "Bella"}).json()
    assert "private" not in sent["url"]
    assert "Bella" not in sent["url"]
    kept = shop.get(sent["url"]).content
    assert b"Exif" not in kept


def test_a_full_store_is_told_and_nothing_is_acknowledged(triton: Triton, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store", 10**9)
    store.open()
    (tmp_path / "store" / "tmp").rmdir()
    with running_gateway(Settings(model="standin_demo"), triton.address, store) as url:
        answer = httpx.post(url + STORE_IMAGE, files=FILE, data={"session_id": "s"}, timeout=30)
        assert_problem(answer, 503, "store_unavailable")
        assert_problem(httpx.get(f"{url}/session/s/images"), 404, "not_found")
    store.close()


def test_a_picture_of_a_pixel(shop: httpx.Client) -> None:
    body = json.dumps({"images": {"original": data_url(stored(np.zeros((1, 1, 3), np.uint8), "PNG"), "png")}})
    assert (
        shop.post(UPLOAD, content=body, headers={"Content-Type": "application/json; charset=utf-8"}).status_code == 200
    )
