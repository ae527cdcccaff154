"""Keys as they are written, kept and judged."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import KeyExpired, KeyUnknown
from gateway.keys import key
from gateway.keys.key import Key
from gateway.keys.ring import Ring

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def ring(expires: datetime | None = None) -> tuple[Ring, Key]:
    other, _ = Ring().created("other", ("admin",), (), None, NOW)
    return other.created("shop", ("process", "store"), ("https://shop.example",), expires, NOW)


def test_a_key_is_known_by_its_text() -> None:
    keys, made = ring()
    record = keys.judge(made.text, NOW)
    assert (record.id, record.name, record.scopes) == (made.id, "shop", ("process", "store"))


def test_what_is_kept_does_not_hold_the_secret() -> None:
    keys, made = ring()
    assert made.secret.encode() not in msgspec.json.encode(keys)


def test_no_two_keys_or_salts_are_alike() -> None:
    keys = Ring()
    for _ in range(50):
        keys, _ = keys.created("n", ("process",), (), None, NOW)
    assert len({each.salt for each in keys.keys}) == len({each.hash for each in keys.keys}) == 50


@given(st.text(max_size=80))
def test_no_text_is_a_key_by_chance(text: str) -> None:
    keys, _ = ring()
    with pytest.raises(KeyUnknown):
        keys.judge(text, NOW)


def test_a_right_id_with_another_secret_is_unknown() -> None:
    keys, made = ring()
    with pytest.raises(KeyUnknown):
        keys.judge(Key(made.id, key.new().secret).text, NOW)
    with pytest.raises(KeyUnknown):
        keys.judge(Key(key.new().id, made.secret).text, NOW)


def test_nobody_has_no_secret() -> None:
    with pytest.raises(KeyUnknown):
        Ring().judge("cutout_00000000_" + "A" * 43, NOW)


def test_a_key_expires() -> None:
    keys, made = ring(NOW + DAY)
    assert keys.judge(made.text, NOW + DAY - timedelta(seconds=1)).id == made.id
    with pytest.raises(KeyExpired):
        keys.judge(made.text, NOW + DAY)


def test_a_revoked_key_is_unknown_at_once() -> None:
    keys, made = ring()
    keys = keys.revoked(made.id, NOW)
    with pytest.raises(KeyUnknown):
        keys.judge(made.text, NOW)
    with pytest.raises(KeyError):
        keys.revoked(made.id, NOW)
    assert keys.origins() == frozenset()


def test_rotation_leaves_no_gap() -> None:
    keys, old = ring()
    keys, new = keys.rotated(old.id, DAY, NOW)
    assert keys.judge(old.text, NOW + DAY / 2).id == old.id
    assert keys.judge(new.text, NOW).scopes == ("process", "store")
    assert keys.judge(new.text, NOW).origins == ("https://shop.example",)
    with pytest.raises(KeyExpired):
        keys.judge(old.text, NOW + DAY)
    assert keys.judge(new.text, NOW + 100 * DAY).id == new.id


def test_rotation_lengthens_no_life() -> None:
    keys, old = ring(NOW + DAY / 4)
    keys, new = keys.rotated(old.id, DAY, NOW)
    for each in (old, new):
        with pytest.raises(KeyExpired):
            keys.judge(each.text, NOW + DAY / 2)


def test_a_ring_survives_its_document() -> None:
    keys, made = ring(NOW + DAY)
    again = msgspec.json.decode(msgspec.json.encode(keys), type=Ring)
    assert again == keys
    assert again.judge(made.text, NOW).id == made.id
