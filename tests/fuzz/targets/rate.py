"""A rate as operators write it."""

from gateway.rates.rate import MOST, parse
from tests.fuzz.target import Target

UNITS = {1: "second", 60: "minute", 3600: "hour", 86_400: "day"}


def run(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    rate = parse(text)
    assert 1 <= rate.units <= MOST
    assert text == f"{rate.units}/{UNITS[rate.seconds]}"


TARGET = Target("rate", run, (ValueError,), (b"10/minute", b"/", b"second", b"hour", b"day", b"10000", b"0", b"\n"))
