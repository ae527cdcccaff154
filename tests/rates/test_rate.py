"""Rates as operators write them."""

import pytest

from gateway.rates.rate import Rate, parse


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/minute", Rate(10, 60)),
        ("1/second", Rate(1, 1)),
        ("10000/day", Rate(10_000, 86_400)),
        ("9/hour", Rate(9, 3600)),
    ],
)
def test_reads(text: str, rate: Rate) -> None:
    assert parse(text) == rate


@pytest.mark.parametrize(
    "text",
    ["", "10", "0/minute", "10001/day", "10/minutes", "10 / minute", "-1/minute", "10/minute\n", "1e3/day", "٣/day"],
)
def test_says_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="a number from 1 to 10000, a slash, and one of second, minute, hour, day"):
        parse(text)
