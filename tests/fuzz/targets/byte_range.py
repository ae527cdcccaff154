"""A Range header behind a line with the file's size."""

import re

from gateway.endpoints.ranges import Unsatisfiable, asked
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    first, _, header = data.decode("latin-1").partition("\n")
    size = int(first) if re.fullmatch("[0-9]{1,9}", first) else 1000
    found = asked(header, size)
    assert found is None or 0 <= found.first <= found.last < size


TARGET = Target(
    "byte_range",
    run,
    (Unsatisfiable,),
    (b"bytes=", b"bytes=-", b"-", b",", b"0-0", b"999999999999999999", b"1000", b"items=", b" ", b"=", b"+1"),
)
