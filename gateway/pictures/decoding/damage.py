"""What decoders raise on bytes that are damaged or hostile, told as one error."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gateway.errors import TruncatedImage

# MemoryError is not among them: it says nothing about the file.
DAMAGE: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
)


@contextmanager
def told(name: str, part: str = "picture") -> Iterator[None]:
    """Raises TruncatedImage for whatever a reader of `name` stumbles over inside."""
    try:
        yield
    except DAMAGE as exc:
        raise TruncatedImage(f"The {name} {part} is incomplete or damaged.") from exc
