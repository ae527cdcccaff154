"""So many units in a time, as operators write it: 10/minute."""

import re
from typing import Final, NamedTuple

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
MOST: Final = 10_000
"""Units in one window: each of them may be an entry in the count."""
ALLOWED: Final = f"a number from 1 to {MOST}, a slash, and one of {', '.join(_SECONDS)}, such as 10/minute"
FORM: Final = re.compile(rf"([1-9][0-9]{{0,3}}|{MOST})/({'|'.join(_SECONDS)})")


class Rate(NamedTuple):
    """`units` in any `seconds`."""

    units: int
    seconds: int


def parse(text: str) -> Rate:
    """The rate in `text`. Raises ValueError, which says what is allowed."""
    found = FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"must be {ALLOWED}, not {text!r}")
    return Rate(int(found[1]), _SECONDS[found[2]])
