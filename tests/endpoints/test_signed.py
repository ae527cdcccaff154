"""Signed requests to a real gateway: nothing happens for a body that is not the one that was signed."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from examples.sign import sign, sign_address
from gateway.endpoints.operation import Operation
from gateway.endpoints.table import OPERATIONS
from gateway.keys.file import changing
from gateway.keys.key import Key
from gateway.settings import Settings
from gateway.store.directory import DirectoryStore
from tests.photos import photo
from tests.redis import running_redis
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready

JPEG = photo("chelsea", quality=30)
EFFECTS = "/api/v2/effects"
BINARY = "application/octet-stream"


def add(path: Path, *, bearer: bool = False) -> Key:
    scopes = ("process", "store", "admin", "metrics")
    with changing(path) as change:
        change.ring, made = change.ring.created(
            "shop", scopes, (), None, datetime.now(UTC), bearer=bearer, signing=True
        )
    return made


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="module")
def key(keys: Path) -> Key:
    return add(keys)


@pytest.fixture(scope="module")
def url(triton: Triton, keys: Path, key: Key, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = DirectoryStore(tmp_path_factory.mktemp("data") / "store", 10**9)
    store.open()
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address, store) as url:
        wait_until_ready(url)
        yield url
    store.close()


def ask(
    url: str,
    key: Key,
    method: str,
    path: str,
    body: bytes = b"",
    kind: str = "",
    sent: bytes | Iterator[bytes] | None = None,
    **headers: str,
) -> httpx.Response:
    """Signed over `body`, sent with that or with `sent`."""
    signed = sign(key.signing_text, method, url + path, body, kind) | headers
    with (
        httpx.Client(timeout=30) as client,
        client.stream(method, url + path, content=body if sent is None else sent, headers=signed) as answer,
    ):
        if "event-stream" not in answer.headers.get("content-type", ""):  # which would not end
            answer.read()
        return answer


GUARDED = pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.scope], ids=lambda each: each.path)


def sent_to(operation: Operation) -> tuple[str, str, bytes, str]:
    """What `ask` needs for something harmless."""
    path = operation.template.format(name="color", session_id="s1")
    return (operation.method, path, JPEG, BINARY) if operation.picture else (operation.method, path, b"", "")


@GUARDED
def test_every_route_takes_a_signature(url: str, key: Key, operation: Operation) -> None:
    answer = ask(url, key, *sent_to(operation))
    assert answer.status_code in {200, 404, 409, 415, 422, 503}, answer.text


@GUARDED
def test_and_on_none_anything_happens_for_another_body(url: str, key: Key, operation: Operation) -> None:
    method, path, body, kind = sent_to(operation)
    assert_problem(ask(url, key, method, path, body, kind, sent=body + b"x"), 403, "signature_invalid")
    if body:
        assert_problem(ask(url, key, method, path, body, kind, sent=b""), 403, "signature_invalid")


def test_a_picture_that_was_not_signed_is_not_kept(url: str, key: Key) -> None:
    where = "/store-image?session_id=tampered&image_type=original&tier=temporary"
    assert_problem(ask(url, key, "POST", where, JPEG, BINARY, sent=JPEG + b"\0"), 403, "signature_invalid")
    assert_problem(ask(url, key, "GET", "/session/tampered/images"), 404, "not_found")
    assert ask(url, key, "POST", where, JPEG, BINARY).status_code == 200
    assert ask(url, key, "GET", "/session/tampered/images").status_code == 200


def pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


def test_a_body_in_pieces_of_no_announced_length(url: str, key: Key) -> None:
    how = (url, key, "POST", PROCESS, JPEG, BINARY)
    assert ask(*how, sent=pieces(JPEG)).status_code == 200
    assert_problem(ask(*how, sent=pieces(JPEG[:-1])), 403, "signature_invalid")
    assert_problem(ask(*how, sent=pieces(JPEG[:-1] + b"\0")), 403, "signature_invalid")


def test_a_body_that_is_too_large_is_refused_as_ever(triton: Triton, keys: Path, key: Key) -> None:
    settings = Settings(model="standin_demo", keys=keys, max_body_bytes=1000)
    with running_gateway(settings, triton.address) as url:
        assert_problem(ask(url, key, "POST", PROCESS, JPEG, BINARY), 413, "body_too_large")
        assert_problem(ask(url, key, "POST", PROCESS, JPEG, BINARY, sent=pieces(JPEG)), 413, "body_too_large")


def test_methods_without_a_body(url: str, key: Key) -> None:
    assert ask(url, key, "GET", EFFECTS).status_code == 200
    assert ask(url, key, "HEAD", EFFECTS).status_code == 200
    signed = sign(key.signing_text, "GET", url + EFFECTS)
    assert httpx.head(url + EFFECTS, headers=signed).status_code == 403
    assert httpx.options(url + EFFECTS, headers=signed).status_code == 204  # open to everybody, and uses nothing up
    assert httpx.get(url + EFFECTS, headers=signed).status_code == 200
    assert_problem(httpx.get(url + EFFECTS, headers=signed), 403, "signature_replayed")


def exchange(url: str, head: str) -> bytes:
    """What is answered to a head whose body is not sent yet."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(head.encode())
        return connection.recv(65536)


@pytest.mark.parametrize("how", ["good", "replayed", "wrong"])
def test_the_head_is_judged_before_the_body_is_asked_for(url: str, key: Key, how: str) -> None:
    signed = sign(key.signing_text, "POST", url + PROCESS, JPEG, BINARY)
    if how == "replayed":
        assert httpx.post(url + PROCESS, content=JPEG, headers=signed, timeout=30).status_code == 200
    if how == "wrong":
        signed["Content-Type"] = "image/png"
    lines = [f"{name}: {value}" for name, value in signed.items()]
    head = ["POST " + PROCESS + " HTTP/1.1", "Host: x", "Expect: 100-continue", f"Content-Length: {len(JPEG)}", *lines]
    answer = exchange(url, "\r\n".join([*head, "", ""]))
    assert answer.startswith(b"HTTP/1.1 100" if how == "good" else b"HTTP/1.1 403"), answer


@pytest.mark.parametrize("target", [f"http://other.example{EFFECTS}", f"{EFFECTS}#x", f"{EFFECTS}?"])
def test_other_ways_to_write_the_same_target_mean_the_same(url: str, key: Key, target: str) -> None:
    """They reach what was signed for: authority and fragment decide nothing here."""
    lines = [f"{name}: {value}" for name, value in sign(key.signing_text, "GET", url + EFFECTS).items()]
    head = "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", *lines, "", ""])
    assert exchange(url, head).startswith(b"HTTP/1.1 200")


def test_a_key_that_only_signs_is_not_to_be_sent(url: str, key: Key) -> None:
    for text in (key.signing_text, f"cutout_{key.id}_{key.signing}"):
        answer = httpx.get(url + EFFECTS, headers={"Authorization": f"Bearer {text}"})
        assert_problem(answer, 401, "key_unknown")
        assert key.signing not in answer.text


def test_a_key_beside_a_signature_is_refused(url: str, keys: Path, key: Key) -> None:
    both = add(keys, bearer=True)
    answer = ask(url, key, "GET", EFFECTS, **{"X-Api-Key": both.text})
    assert_problem(answer, 403, "signature_invalid")


def test_a_browser_posts_one_picture_to_an_address_without_a_key(url: str, key: Key) -> None:
    address = sign_address(key.signing_text, f"{url}{PROCESS}?output_format=webp&bg_color=%23ff0000")
    answer = httpx.post(address, files={"file": JPEG}, timeout=30)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert_problem(httpx.post(address, files={"file": JPEG}, timeout=30), 403, "signature_replayed")
    assert_problem(httpx.post(address.replace("ff0000", "00ff00"), files={"file": JPEG}), 403, "signature_invalid")
    over = sign_address(key.signing_text, url + PROCESS, expires=1_700_000_000)
    assert_problem(httpx.post(over, files={"file": JPEG}), 410, "expired")
    kept = sign_address(key.signing_text, url + "/store-image?session_id=s1&image_type=original")
    assert_problem(httpx.post(kept, files={"file": JPEG}), 403, "signature_invalid")


def test_pages_are_not_told_that_they_might_sign(url: str) -> None:
    preflight = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    assert "signature" not in str(httpx.options(url + PROCESS, headers=preflight).headers).lower()


def test_nothing_secret_is_logged(url: str, key: Key, capfd: pytest.CaptureFixture[str]) -> None:
    signed = sign(key.signing_text, "GET", url + EFFECTS)
    for headers in (signed, signed, signed | {"Signature": "sig=:x:"}, {"X-Api-Key": key.signing_text}):
        httpx.get(url + EFFECTS, headers=headers)
    address = sign_address(key.signing_text, url + PROCESS)
    httpx.post(address)
    logged = "".join(capfd.readouterr())
    assert "signature_replayed" in logged
    for secret in (key.signing, signed["Signature"], address[-43:]):
        assert secret not in logged


def test_two_gateways_on_one_redis_answer_once(triton: Triton, keys: Path, key: Key, tmp_path: Path) -> None:
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(tmp_path)).url
        settings = Settings(model="standin_demo", keys=keys, redis=redis)
        urls = [stack.enter_context(running_gateway(settings, triton.address)) for _ in range(2)]
        signed = sign(key.signing_text, "GET", urls[0] + EFFECTS)
        answers = [httpx.get(url + EFFECTS, headers=signed) for url in urls]
        assert answers[0].status_code == 200
        assert_problem(answers[1], 403, "signature_replayed")


def test_without_its_redis_a_gateway_answers_nothing_signed(triton: Triton, keys: Path, key: Key) -> None:
    both = add(keys, bearer=True)
    settings = Settings(model="standin_demo", keys=keys, redis="redis://127.0.0.1:1")
    with running_gateway(settings, triton.address) as url:
        away = ask(url, key, "GET", EFFECTS)
        assert_problem(away, 503, "store_unavailable")
        assert away.headers["retry-after"]
        assert httpx.get(url + EFFECTS, headers={"X-Api-Key": both.text}).status_code == 200
