"""What is written down beside a session: a few short texts, free of control characters."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import InvalidParameter

MOST: Final = 20
_NAME: Final = re.compile(r"[a-z0-9_]{1,64}")
_LONGEST: Final = 500
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""The directional ones, too: a name must not turn the text around it."""


def cleaned(given: Mapping[str, Any]) -> dict[str, str]:
    """`given` without control characters. Raises InvalidParameter for a bad name, no text, too long a text, or too many."""
    if len(given) > MOST:
        raise InvalidParameter(f"metadata has {len(given)} entries; {MOST} are allowed.", limit=MOST, actual=len(given))
    return {_name(name): text(f"metadata.{name}", value) for name, value in given.items()}


def together(before: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """What is said after `added`, of which the newer counts. Raises InvalidParameter where that is too many."""
    said = {**before, **added}
    if len(said) > MOST:
        raise InvalidParameter(
            f"The session would have {len(said)} entries of metadata; {MOST} are allowed.", limit=MOST, actual=len(said)
        )
    return said


def text(name: str, value: Any) -> str:
    """One text without control characters. Raises InvalidParameter."""
    if not isinstance(value, str):
        raise InvalidParameter(f"{name[:80]} must be text.")
    clean = _CONTROL.sub("", value).strip()
    if len(clean) > _LONGEST:
        raise InvalidParameter(
            f"{name[:80]} has {len(clean)} characters; {_LONGEST} are allowed.", limit=_LONGEST, actual=len(clean)
        )
    return clean


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidParameter(f"metadata names are 1 to 64 of a-z 0-9 _, and {name[:64]!r} is none.")
    return name
