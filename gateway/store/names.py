"""What an object may be called."""

import re
from typing import Final

CACHE: Final = "cache/"
"""Objects below it can be made again: they may be evicted, and need not survive a power failure."""
_MOST: Final = 900
_PART: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


def is_part(text: str) -> bool:
    """Whether a name may have this between its slashes."""
    return _PART.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether an object may be called so."""
    return len(text) <= _MOST and all(map(is_part, text.split("/")))


def checked(name: str) -> str:
    """`name` itself. Raises ValueError, which is a fault of ours: names come from code, never from a client alone."""
    if not is_name(name):
        raise ValueError(f"{name[:80]!r} is no object's name")
    return name
