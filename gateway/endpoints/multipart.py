"""multipart/form-data from a body in memory: the body limit bounds it, so nothing goes through temporary files."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import MalformedMultipart

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS: Final = 64
MAX_FIELD: Final = 65536
"""Bytes of a plain field; pictures come in parts with a file name, and everything a client writes is far shorter."""
MAX_PART_HEAD: Final = 8192
MAX_PART_HEADERS: Final = 8

_PLAIN: Final = frozenset({b"binary", b"8bit", b"7bit"})
_PICTURES: Final = frozenset({b"file", b"bg_image"})  # some clients send them without a file name


@dataclass
class Part:
    """One part of a form. `filename` is None for a plain field."""

    name: str
    filename: str | None
    data: bytes


@dataclass
class _Collector:
    """Turns the parser's events into parts."""

    parts: list[Part] = field(default_factory=list)
    ended: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _slices: list[bytes] = field(default_factory=list)
    _head: int = 0
    _headers: int = 0

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls, by the parser's names."""
        return {
            "on_part_begin": self.on_part_begin,
            "on_header_begin": self.on_header_begin,
            "on_header_field": self.on_header_field,
            "on_header_value": self.on_header_value,
            "on_header_end": self.on_header_end,
            "on_part_data": self.on_part_data,
            "on_part_end": self.on_part_end,
            "on_end": self.on_end,
        }

    def on_part_begin(self) -> None:
        if len(self.parts) == MAX_PARTS:
            raise _too_many()
        self._disposition = b""
        self._slices = []
        self._head = self._headers = 0

    def on_header_begin(self) -> None:
        self._headers += 1
        if self._headers > MAX_PART_HEADERS:
            raise MalformedMultipart(f"A part has more than {MAX_PART_HEADERS} headers.", limit=MAX_PART_HEADERS)

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._bound_head(end - start)

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bound_head(end - start)

    def _bound_head(self, size: int) -> None:
        self._head += size
        if self._head > MAX_PART_HEAD:
            raise MalformedMultipart(
                f"The headers of a part have more than {MAX_PART_HEAD} bytes.", limit=MAX_PART_HEAD
            )

    def on_header_end(self) -> None:
        name, value = self._header.lower(), bytes(self._value)
        if name == b"content-disposition":
            if self._disposition:
                raise MalformedMultipart("A part has two headers Content-Disposition.")
            self._disposition = value
        if name == b"content-transfer-encoding" and value.strip().lower() not in _PLAIN:
            raise MalformedMultipart("A part is encoded for transfer (RFC 7578 has given that up); send its bytes.")
        self._header.clear()
        self._value.clear()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._slices.append(data[start:end])

    def on_part_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise MalformedMultipart("A part of the multipart form has no name.")
        filename = options.get(b"filename")
        size = sum(map(len, self._slices))
        if filename is None and size > MAX_FIELD and options[b"name"] not in _PICTURES:
            raise MalformedMultipart(f"A field of the form has {size} bytes; {MAX_FIELD} are allowed.", limit=MAX_FIELD)
        self.parts.append(
            Part(
                name=options[b"name"].decode("utf-8", "replace"),
                filename=None if filename is None else filename.decode("utf-8", "replace"),
                data=b"".join(self._slices),
            )
        )

    def on_end(self) -> None:
        self.ended = True


def parse(body: bytes, content_type: str) -> list[Part]:
    """The parts of `body` in their order; what stands before the first and behind the last does not count.

    Raises MalformedMultipart.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise MalformedMultipart("The Content-Type of the multipart form names no boundary.")
    delimiter = b"\r\n--" + boundary
    if body.count(delimiter) > MAX_PARTS + 1:  # before a parser looks at each of a million that are none
        raise _too_many()
    collector = _Collector()
    unbounded = len(body) + 1  # by the parser, which would not say what is allowed: the collector bounds headers
    try:
        parser = MultipartParser(boundary, collector.callbacks(), max_header_count=unbounded, max_header_size=unbounded)
        parser.write(_without_preamble(body, delimiter))
        parser.finalize()
    except FormParserError as exc:
        raise MalformedMultipart(
            "The body is not a multipart form with the boundary of its Content-Type, each line ended by CR LF."
        ) from exc
    if not collector.ended:
        raise MalformedMultipart("The multipart form ends before its closing boundary.")
    return collector.parts


def _without_preamble(body: bytes, delimiter: bytes) -> bytes:
    """`body` from its first delimiter on: what stands before is for people (RFC 2046, 5.1.1)."""
    first = -1 if body.startswith(delimiter[2:]) else body.find(delimiter)
    return body if first == -1 else body[first + 2 :]


def _too_many() -> MalformedMultipart:
    return MalformedMultipart(f"The multipart form has more than {MAX_PARTS} parts.", limit=MAX_PARTS)
