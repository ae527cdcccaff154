"""multipart/form-data from a body in memory: the body limit bounds it, so nothing goes through temporary files."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import BodyTooLarge, MalformedMultipart

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS: Final = 64
MAX_FIELDS: Final = 8
MAX_HEAD_BYTES: Final = 4096
"""Of a part's header fields together."""
MAX_TEXT_BYTES: Final = 64 * 1024
"""Of a field that is no file."""
_PLAIN: Final = (b"", b"7bit", b"8bit", b"binary")
"""Transfer encodings that leave the bytes alone; RFC 7578, 4.7 has no others."""


@dataclass
class Part:
    """One part of a form. `filename` is None for a plain field."""

    name: str
    filename: str | None
    data: bytes

    def text(self) -> str:
        """Of a plain field. Raises MalformedMultipart, BodyTooLarge."""
        if len(self.data) > MAX_TEXT_BYTES:
            raise BodyTooLarge(
                f"The form's field {self.name[:64]!r} has {len(self.data)} bytes; {MAX_TEXT_BYTES} are allowed.",
                limit=MAX_TEXT_BYTES,
                actual=len(self.data),
            )
        try:
            return self.data.decode()
        except UnicodeDecodeError as exc:
            raise MalformedMultipart(f"The form's field {self.name[:64]!r} is not UTF-8 text.") from exc


@dataclass
class _Collector:
    """Turns the parser's events into parts."""

    parts: list[Part] = field(default_factory=list)
    ended: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _slices: list[bytes] = field(default_factory=list)
    _fields: int = 0
    _head: int = 0

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
        self._fields = self._head = 0

    def on_header_begin(self) -> None:
        self._fields += 1
        if self._fields > MAX_FIELDS:
            detail = f"A part of the multipart form has more than {MAX_FIELDS} header fields."
            raise MalformedMultipart(detail, limit=MAX_FIELDS)

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._value += data[start:end]

    def _measure(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD_BYTES:
            detail = f"A part's header fields in the multipart form are larger than {MAX_HEAD_BYTES} bytes."
            raise MalformedMultipart(detail, limit=MAX_HEAD_BYTES)

    def on_header_end(self) -> None:
        name = self._header.lower()
        if name == b"content-disposition":
            if self._disposition:
                raise MalformedMultipart("A part of the multipart form has two Content-Disposition fields.")
            self._disposition = bytes(self._value)
        if name == b"content-transfer-encoding" and bytes(self._value).strip().lower() not in _PLAIN:
            raise MalformedMultipart(
                "A part of the multipart form has a Content-Transfer-Encoding; send its bytes as they are.",
                allowed=("7bit", "8bit", "binary"),
            )
        self._header.clear()
        self._value.clear()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._slices.append(data[start:end])

    def on_part_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise MalformedMultipart("A part of the multipart form has no name.")
        filename = options.get(b"filename")
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
    try:
        # The collector bounds header fields, and says by how much; the parser would not.
        unbounded = len(body) + 1
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
