"""Signed requests before the guard: the one that was signed is let in once, and no other."""

import asyncio
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from examples.sign import sign, sign_address
from gateway.auth import Guard, caller, digest
from gateway.errors import (
    AddressExpired,
    GatewayError,
    KeyExpired,
    KeyMissing,
    KeyUnknown,
    OriginNotAllowed,
    ScopeMissing,
    SignatureInvalid,
    SignatureReplayed,
)
from gateway.keys.key import Key
from gateway.keys.ring import Ring
from gateway.signing.message import WINDOW_SECONDS
from gateway.signing.nonces import MemoryNonces

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CREATED = int(NOW.timestamp())
URL = "https://cutout.example/api/v2/process?effect=popart&output_format=webp&note=a%2Fb%20c"
NONCE = "0123456789abcdef"
BODY = b"a picture"
DAY = timedelta(days=1)

Pairs = list[tuple[str, str]]


def new_ring(**options: Any) -> tuple[Ring, Key]:
    ring, _ = Ring().created("other", ("process",), (), None, NOW, signing=True)
    return ring.created("shop", ("process",), (), None, NOW, **{"signing": True, **options})


RING, KEY = new_ring()
OTHER = RING.keys[0]


def signed(
    method: str = "POST",
    url: str = URL,
    created: int = CREATED,
    secret: str = KEY.signing_text,
    kind: str = "image/jpeg",
) -> Pairs:
    headers = sign(secret, method, url, BODY, kind, created, NONCE)
    return [(name.lower(), value) for name, value in headers.items()]


def request(headers: Iterable[tuple[str, str]], method: str = "POST", url: str = URL) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "type": "http",
        "client": ("10.0.0.1", 1),
        "method": method,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }


def judge(asked: dict[str, Any], ring: Ring = RING, now: datetime = NOW, guard: Guard | None = None) -> None:
    asyncio.run((guard or Guard(lambda: ring, clock=lambda: now)).authorise(asked, "process"))


def refused(asked: dict[str, Any], kind: type[GatewayError] = SignatureInvalid, **how: Any) -> str:
    with pytest.raises(kind) as caught:
        judge(asked, **how)
    assert caught.value.status in (401, 403)
    assert "gateway.caller" not in asked
    return caught.value.detail


def replaced(headers: Pairs, name: str, value: str) -> Pairs:
    return [(each, value if each == name else old) for each, old in headers]


def test_what_was_signed_is_let_in_and_its_body_has_yet_to_be_proved() -> None:
    asked = request(signed())
    judge(asked)
    assert caller(asked) == KEY.id
    assert digest(asked) == dict(signed())["content-digest"]


def test_what_is_sent_with_a_key_has_nothing_to_prove() -> None:
    asked = request([("authorization", f"Bearer {KEY.text}")])
    judge(asked)
    assert (caller(asked), digest(asked)) == (KEY.id, None)


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("effect=popart&output_format=webp", "output_format=webp&effect=popart"),
        URL.replace("popart", "color"),
        URL.replace("popart", "%70opart"),
        URL.replace("a%2Fb", "a/b"),
        URL.replace("a%2Fb", "a%2fb"),
        URL.replace("%20", "+"),
        URL + "&",
        URL + "&x=1",
        URL.replace("?", "?&"),
        URL.replace("process", "headshot"),
        URL.replace("process", "%70rocess"),
        URL.replace("/api/", "//api/"),
        URL.replace("/process", "/./process"),
        URL.replace("/process", "/x/../process"),
        URL.replace("process?", "process/?"),
        URL.partition("?")[0],
    ],
)
def test_another_address_is_refused(url: str) -> None:
    refused(request(signed(), url=url))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "post", "OPTIONS"])
def test_another_method_is_refused(method: str) -> None:
    refused(request(signed(), method=method))


@pytest.mark.parametrize("name", ["content-type", "content-digest", "signature", "signature-input"])
def test_each_header_counts(name: str) -> None:
    refused(request([pair for pair in signed() if pair[0] != name]))
    refused(request([*signed(), (name, dict(signed())[name])]))
    refused(request([*signed(), (name, "")]))
    refused(request(replaced(signed(), name, dict(signed())[name] + "x")))


def test_a_content_type_that_was_not_signed_is_refused() -> None:
    refused(request([*signed(kind=""), ("content-type", "application/json")]))


@pytest.mark.parametrize("name", ["@method", "@path", "@query", "content-digest", "content-type"])
def test_a_signature_over_less_is_refused(name: str) -> None:
    """Signed well, with the right secret, by whoever wants less."""
    headers = signed()
    less = dict(headers)["signature-input"].replace(f'"{name}" ', "").replace(f' "{name}"', "")
    assert name in refused(request(replaced(headers, "signature-input", less)))


MUTABLE = ("method", "raw_path", "query_string", "content-type", "content-digest", "signature", "signature-input")


@given(st.sampled_from(MUTABLE), st.sampled_from(["replace", "insert", "remove"]), st.integers(0), st.integers(0, 255))
def test_any_single_change_is_refused(part: str, how: str, place: int, byte: int) -> None:
    """Of any byte that is signed, or of the signature, to anything, anywhere."""
    asked = request(signed())
    headers = dict(asked["headers"])
    before: bytes = (
        (asked[part].encode() if part == "method" else asked[part]) if part in asked else headers[part.encode()]
    )
    place %= len(before)
    new = b"" if how == "remove" else bytes([byte])
    after = before[:place] + new + before[place + (how != "insert") :]
    assume(after.strip(b" \t") != before)  # around a header's value space means nothing
    if part in asked:
        asked[part] = after.decode("latin-1") if part == "method" else after
    else:
        asked["headers"] = list((headers | {part.encode(): after}).items())
    refused(asked)


@given(st.randoms(use_true_random=False))
def test_a_query_in_another_order_is_another(order: random.Random) -> None:
    pieces = URL.partition("?")[2].split("&")
    shuffled = order.sample(pieces, len(pieces))
    assume(shuffled != pieces)
    refused(request(signed(), url=f"{URL.partition('?')[0]}?{'&'.join(shuffled)}"))


@pytest.mark.parametrize("name", ["created", "nonce", "keyid", "alg"])
def test_each_parameter_counts(name: str) -> None:
    said = dict(signed())["signature-input"]
    other = {
        "created": said.replace(str(CREATED), str(CREATED + 1)),
        "nonce": said.replace(NONCE, NONCE[::-1]),
        "keyid": said.replace(KEY.id, OTHER.id),
        "alg": said.removesuffix(';alg="hmac-sha256"'),
    }[name]
    assert other != said
    refused(request(replaced(signed(), "signature-input", other)))


def test_the_secret_of_another_key_is_refused() -> None:
    refused(request(signed(secret=f"cutoutsign_{KEY.id}_{OTHER.signing}")))
    refused(request(signed(secret=f"cutoutsign_{KEY.id}_{KEY.secret}")))
    refused(request(signed(secret=f"cutoutsign_{KEY.id}_")))


@pytest.mark.parametrize("which", ["zzzzzzzz", "00000000"])
def test_a_key_that_is_not_there_is_refused_like_a_wrong_signature(which: str) -> None:
    wrong = refused(request(signed(secret=f"cutoutsign_{KEY.id}_{'A' * 43}")))
    assert refused(request(signed(secret=f"cutoutsign_{which}_{KEY.signing}"))) == wrong
    assert refused(request(signed(secret=f"cutoutsign_{which}_"))) == wrong


def test_a_key_that_does_not_sign_is_refused_whatever_it_signs_with() -> None:
    ring, made = new_ring(signing=False)
    assert made.signing == ""
    for secret in ("", made.secret, ring.keys[-1].hash, ring.keys[-1].salt):
        refused(request(signed(secret=f"cutoutsign_{made.id}_{secret}")), ring=ring)


@pytest.mark.parametrize("late", [-WINDOW_SECONDS, 0, WINDOW_SECONDS])
def test_within_five_minutes_either_way(late: int) -> None:
    judge(request(signed()), now=NOW + timedelta(seconds=late))


@pytest.mark.parametrize("late", [-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1, 86_400])
def test_beyond_the_answer_says_what_time_it_is_here(late: int) -> None:
    said = refused(request(signed()), now=NOW + timedelta(seconds=late))
    assert f"created at {CREATED}" in said
    assert f"is {CREATED + late}" in said


def test_a_replay_is_refused_as_long_as_the_time_would_let_it_in() -> None:
    now = NOW
    guard = Guard(lambda: RING, MemoryNonces(clock=lambda: now.timestamp()), lambda: now)
    judge(request(signed(created=CREATED + WINDOW_SECONDS)), guard=guard)
    for late in (0, 1, WINDOW_SECONDS, 2 * WINDOW_SECONDS):
        now = NOW + timedelta(seconds=late)
        refused(request(signed(created=CREATED + WINDOW_SECONDS)), SignatureReplayed, guard=guard)
    # Signed anew, by itself the same nonce is no other request.
    refused(request(signed(created=CREATED + WINDOW_SECONDS + 1)), SignatureReplayed, guard=guard)


def test_what_is_refused_is_not_remembered() -> None:
    guard = Guard(lambda: RING, clock=lambda: NOW)
    refused(request(signed(), method="GET"), guard=guard)
    refused(request(replaced(signed(), "signature", f"sig=:{'A' * 43}=:")), guard=guard)
    judge(request(signed()), guard=guard)


def test_a_key_and_a_signature_are_one_too_many() -> None:
    for extra in (("authorization", f"Bearer {KEY.text}"), ("x-api-key", KEY.text)):
        assert "send one" in refused(request([*signed(), extra]))
    judge(request([*signed(), ("authorization", "Basic cHJveHk6eA==")]))


def test_a_secret_to_sign_with_that_is_sent_is_refused() -> None:
    ring, made = new_ring(bearer=False)
    assert made.secret == ""
    assert "replaced" in refused(request([("x-api-key", made.signing_text)]), KeyUnknown, ring=ring)
    refused(request([("x-api-key", f"cutout_{made.id}_{made.signing}")]), KeyUnknown, ring=ring)
    refused(request([("x-api-key", f"cutout_{made.id}_")]), KeyUnknown, ring=ring)
    judge(request(signed(secret=made.signing_text)), ring=ring)


def test_a_key_that_may_not_be_sent_is_refused_even_if_somebody_has_it() -> None:
    record = msgspec.structs.replace(RING.record(KEY.id), bearer=False)
    refused(request([("x-api-key", KEY.text)]), KeyUnknown, ring=Ring((record,)))


def test_what_holds_for_keys_holds_for_those_that_sign() -> None:
    revoked = RING.revoked(KEY.id, NOW)
    refused(request(signed()), ring=revoked)
    rotated, new = RING.rotated(KEY.id, DAY, NOW)
    assert new.signing != KEY.signing
    judge(request(signed()), ring=rotated)
    judge(request(signed(secret=new.signing_text)), ring=rotated)
    later = CREATED + 86_400
    refused(request(signed(created=later)), KeyExpired, ring=rotated, now=NOW + DAY)
    store, other = Ring().created("store", ("store",), (), None, NOW, signing=True)
    refused(request(signed(secret=other.signing_text)), ScopeMissing, ring=store)
    shop, own = Ring().created("shop", ("process",), ("https://shop.example",), None, NOW, signing=True)
    elsewhere = [*signed(secret=own.signing_text), ("origin", "https://other.example")]
    refused(request(elsewhere), OriginNotAllowed, ring=shop)


def test_a_key_that_only_signs_is_rotated_to_one_that_only_signs() -> None:
    ring, made = new_ring(bearer=False)
    ring, new = ring.rotated(made.id, DAY, NOW)
    assert (new.secret, ring.record(new.id).bearer, len(new.signing)) == ("", False, 43)


def test_no_secret_is_in_what_is_shown_of_a_record() -> None:
    record = RING.record(KEY.id)
    assert record.signing == KEY.signing
    for secret in (record.signing, record.salt, record.hash):
        assert secret not in repr(record) + repr(RING)


def addressed(secret: str = KEY.signing_text, url: str = URL, expires: int = CREATED + 600) -> str:
    return sign_address(secret, url, expires, NONCE)


def test_an_address_lets_one_picture_in_and_nobody_sees_what_was_said_of_it() -> None:
    guard = Guard(lambda: RING, clock=lambda: NOW)
    asked = request([], url=addressed())
    judge(asked, guard=guard)
    assert (caller(asked), digest(asked)) == (KEY.id, None)
    assert asked["query_string"].decode() == urlsplit(URL).query
    refused(request([], url=addressed()), SignatureReplayed, guard=guard)
    bare = request([], url=addressed(url=URL.partition("?")[0]))
    judge(bare)
    assert bare["query_string"] == b""


@given(
    st.sampled_from(["raw_path", "query_string"]),
    st.sampled_from(["replace", "insert", "remove"]),
    st.integers(0),
    st.integers(0, 255),
)
def test_any_single_change_of_an_address_is_refused(part: str, how: str, place: int, byte: int) -> None:
    asked = request([], url=addressed())
    before: bytes = asked[part]
    place %= len(before)
    new = b"" if how == "remove" else bytes([byte])
    asked[part] = before[:place] + new + before[place + (how != "insert") :]
    assume(asked[part] != before)
    with pytest.raises((SignatureInvalid, KeyMissing, AddressExpired)):
        judge(asked)


def test_an_address_is_good_for_its_time_its_method_and_pictures_alone() -> None:
    refused(request([], url=addressed()), SignatureInvalid, now=NOW - timedelta(hours=1))
    judge(request([], url=addressed()), now=NOW + timedelta(seconds=599))
    with pytest.raises(AddressExpired):
        judge(request([], url=addressed()), now=NOW + timedelta(seconds=600))
    for method in ("GET", "HEAD", "PUT"):
        assert "for POST" in refused(request([], method, addressed()))
    for scope in ("store", "admin"):
        with pytest.raises(SignatureInvalid):
            asyncio.run(Guard(lambda: RING, clock=lambda: NOW).authorise(request([], url=addressed()), scope))


def test_an_address_and_another_proof_are_one_too_many() -> None:
    for headers in ([("x-api-key", KEY.text)], signed(url=addressed())):
        assert "send one" in refused(request(headers, url=addressed()))


def test_an_address_of_no_key_that_signs() -> None:
    refused(request([], url=addressed(secret=f"cutoutsign_{KEY.id}_{OTHER.signing}")))
    refused(request([], url=addressed()), ring=RING.revoked(KEY.id, NOW))
    ring, made = new_ring(signing=False)
    refused(request([], url=addressed(secret=f"cutoutsign_{made.id}_")), ring=ring)
    shop, own = new_ring()
    shop, own = shop.created("shop", ("process",), ("https://shop.example",), None, NOW, signing=True)
    asked = addressed(secret=own.signing_text)
    refused(request([("origin", "https://thief.example")], url=asked), OriginNotAllowed, ring=shop)
    judge(request([("origin", "https://shop.example")], url=asked), ring=shop)
    store, other = Ring().created("store", ("store",), (), None, NOW, signing=True)
    refused(request([], url=addressed(secret=other.signing_text)), ScopeMissing, ring=store)


def test_one_proof_is_not_the_other() -> None:
    """What is signed for a head does not fit an address, whoever writes it there."""
    text = dict(signed())["signature"].removeprefix("sig=:").rstrip("=:").replace("+", "-").replace("/", "_")
    url = addressed()
    refused(request([], url=url[: -len(text)] + text))
