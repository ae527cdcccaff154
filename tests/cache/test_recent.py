"""A bounded memory of what was used last."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.recent import Recent

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)


def test_the_least_recently_used_go_first() -> None:
    recent: Recent[str] = Recent(10)
    for name in "abc":
        recent.put(name, name.upper(), 4, LATER)
    assert [recent.get(name, NOW) for name in "abc"] == [None, "B", "C"]
    recent.get("b", NOW)
    recent.put("d", "D", 4, LATER)
    assert [recent.get(name, NOW) for name in "bcd"] == ["B", None, "D"]


def test_what_is_too_large_is_not_held_and_takes_the_old_one_s_place() -> None:
    recent: Recent[str] = Recent(10)
    recent.put("a", "small", 5, LATER)
    recent.put("a", "large", 11, LATER)
    assert recent.get("a", NOW) is None


def test_what_has_expired_is_gone() -> None:
    recent: Recent[str] = Recent(10)
    recent.put("a", "A", 5, LATER)
    assert recent.get("a", LATER - timedelta(microseconds=1)) == "A"
    assert recent.get("a", LATER) is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60)), max_size=60))
def test_it_never_holds_more_than_it_may(puts: list[tuple[str, int]]) -> None:
    recent: Recent[int] = Recent(100)
    for name, size in puts:
        recent.put(name, size, size, LATER)
        assert recent.get(name, NOW) == size
        assert sum(recent.get(each, NOW) or 0 for each in "abcdef") <= 100
