"""A part of a file, as RFC 9110 (section 14) has it: one range of bytes; what else is asked for is answered whole."""

import re
from typing import Final, NamedTuple

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Range(NamedTuple):
    """Bytes `first` to `last`, both included."""

    first: int
    last: int


class Unsatisfiable(Exception):
    """Nothing of the file lies in the range."""


def asked(header: str, size: int) -> Range | None:
    """The range that `header` asks for of `size` bytes; None for the whole. Raises Unsatisfiable."""
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:  # the last so many
        found = Range(max(size - int(last), 0), size - 1)
    elif last and int(last) < int(first):
        return None
    else:
        found = Range(int(first), min(int(last), size - 1) if last else size - 1)
    if found.first >= size or found.first > found.last:
        raise Unsatisfiable
    return found
