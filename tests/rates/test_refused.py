"""Who has nothing left, and until when."""

from gateway.rates.count import Count
from gateway.rates.rate import Rate
from gateway.rates.refused import MOST, Refused
from tests.rates.clock import Clock

RATE = Rate(3, 60)


def test_is_known_until_something_comes_back() -> None:
    clock = Clock()
    refused = Refused(clock)
    refused.note("a", RATE, Count(0, 40.0, 40.0))
    clock.now += 39
    assert refused.still("a", RATE) == Count(0, 1.0, 1.0)
    assert refused.still("b", RATE) is None
    assert refused.still("a", Rate(4, 60)) is None
    clock.now += 1
    assert refused.still("a", RATE) is None


def test_where_something_is_left_less_may_be_taken() -> None:
    refused = Refused(Clock())
    refused.note("a", RATE, Count(1, 40.0, 50.0))
    assert refused.still("a", RATE) is None


def test_so_many_are_remembered_and_no_more() -> None:
    refused = Refused(Clock())
    for number in range(MOST + 1):
        refused.note(str(number), RATE, Count(0, 40.0, 40.0))
    assert refused.still("0", RATE) is None
    assert refused.still(str(MOST), RATE) is not None
