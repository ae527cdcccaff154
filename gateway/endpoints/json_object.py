"""A JSON object of one or two long texts and a few small values, from a body that may be anything."""

import json
import secrets
from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec
import numpy as np

from gateway.errors import BodyTooLarge, ConflictingParameter, MalformedJSON

MAX_QUOTES: Final = 4096
"""Quotation marks in a body: far more than its parameters need. Decoded, 50 MB of names take 7 times as much."""
MAX_SMALL_BYTES: Final = 64 * 1024
"""Of everything but the long texts. Decoded, 50 MB of empty lists take 22 times as much."""
MAX_DEPTH: Final = 16
_LONG: Final = 1024
_LEFT_OUT: Final = f'"{secrets.token_hex(16)}"'.encode()  # nobody can give the same name this value, too


def parse(body: bytes, texts: Collection[str]) -> dict[str, Any]:
    """The object in `body`, of which the members named in `texts` may be long ones; the rest is measured before it is read.

    Raises MalformedJSON, also for numbers out of range, halves of surrogate pairs and deep nesting; BodyTooLarge; and
    ConflictingParameter for a name given twice with different values, at any depth.
    """
    if body.count(b'"') > MAX_QUOTES:
        raise MalformedJSON(f"The JSON has more than {MAX_QUOTES} quotation marks.", limit=MAX_QUOTES)
    members = _decoded(body, dict[str, msgspec.Raw])
    long = {name: members[name] for name in texts if name in members and _is_long_text(members[name])}
    return small(body, long.values()) | {name: _decoded(text, str) for name, text in long.items()}


def small(body: bytes, texts: Iterable[msgspec.Raw]) -> dict[str, Any]:
    """The object in `body` without those of its `texts` that are long: something else stands there. Raises as `parse`."""
    rest = _without(body, filter(_is_long_text, texts))
    content: dict[str, Any] = _decoded(rest, dict[str, Any])
    if _depth(content) > MAX_DEPTH:
        raise MalformedJSON(f"The JSON is nested deeper than {MAX_DEPTH} levels.", limit=MAX_DEPTH)
    json.loads(rest, object_pairs_hook=without_twins)
    return content


def _decoded(text: bytes | msgspec.Raw, kind: Any) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise MalformedJSON("The body is not a JSON object in UTF-8.") from exc


def _is_long_text(member: msgspec.Raw) -> bool:
    view = memoryview(member)
    return view.nbytes > _LONG and view[0] == ord('"')


def _without(body: bytes, long: Iterable[msgspec.Raw]) -> bytes:
    """`body` with each of the long texts replaced by a short one."""
    pieces, end = [], 0
    for start, size in sorted((_place(text, body), memoryview(text).nbytes) for text in long):
        pieces += [body[end:start], _LEFT_OUT]
        end = start + size
    rest = b"".join([*pieces, body[end:]])
    if len(rest) > MAX_SMALL_BYTES:
        raise BodyTooLarge(
            f"Beside its pictures, the JSON has {len(rest)} bytes; {MAX_SMALL_BYTES} are allowed.",
            limit=MAX_SMALL_BYTES,
            actual=len(rest),
        )
    return rest


def _place(member: msgspec.Raw, body: bytes) -> int:
    """Where in `body` it begins, which it is a view of; its bytes may stand elsewhere in there as well."""
    return np.frombuffer(member, np.uint8).ctypes.data - np.frombuffer(body, np.uint8).ctypes.data


def _depth(content: dict[str, Any]) -> int:
    depth = 0
    level: list[Any] = [content]
    while level:
        depth += 1
        inner = (value for each in level for value in (each.values() if isinstance(each, dict) else each))
        level = [value for value in inner if isinstance(value, dict | list)]
    return depth


def without_twins(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of `members`, for json.loads. Raises ConflictingParameter for a name given twice with different values."""
    content: dict[str, Any] = {}
    for name, value in members:
        if content.setdefault(name, value) != value:
            raise ConflictingParameter(f"The JSON gives {name[:64]!r} twice with different values.")
    return content
