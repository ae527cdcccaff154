"""What an object may be called, and what its name says of it."""

import re
from typing import Final

CACHE: Final = "cache/"
"""Objects below it can be made again: they may be evicted, and need not survive a power failure."""
SHARED: Final = "cache/files/"
"""Below it lie finished files, named by their content: whoever has the address of one may keep it."""
_MOST: Final = 900
_PART: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


def is_name(text: str) -> bool:
    """Whether an object may be called so."""
    return len(text) <= _MOST and all(map(_PART.fullmatch, text.split("/")))


def checked(name: str) -> str:
    """`name` itself. Raises ValueError, which is a fault of ours: names come from code, never from a client alone."""
    if not is_name(name):
        raise ValueError(f"{name[:80]!r} is no object's name")
    return name


def cache_control(name: str, seconds: float) -> str:
    """The Cache-Control header of an object that is good for so long.

    What may be deleted before is kept by browsers alone: a customer's picture must not live on in a cache between.
    """
    age = max(int(seconds), 0)
    return f"public, max-age={age}, immutable" if name.startswith(SHARED) else f"private, max-age={age}"
