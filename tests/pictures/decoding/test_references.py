"""Items that need each other: libheif would wait for ever."""

import struct
from pathlib import Path

import pytest

from gateway.errors import TruncatedImage
from gateway.pictures.decoding.header import read_header
from gateway.pictures.decoding.references import references, require_ends

BROKEN = Path(__file__).parent / "broken"


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def heif(*entries: tuple[bytes, int, list[int]], large: bool = False) -> bytes:
    """A file of nothing but references."""
    number = ">I" if large else ">H"
    tables = b"".join(
        box(
            kind,
            struct.pack(number, source)
            + struct.pack(">H", len(targets))
            + b"".join(struct.pack(number, each) for each in targets),
        )
        for kind, source, targets in entries
    )
    return box(b"ftyp", b"heic") + box(b"meta", bytes(4) + box(b"iref", bytes([large, 0, 0, 0]) + tables))


@pytest.mark.parametrize("large", [False, True], ids=["16 bits", "32 bits"])
def test_what_cameras_write_ends(large: bool) -> None:
    data = heif(
        (b"dimg", 49, list(range(1, 49))),
        (b"thmb", 50, [49]),
        (b"cdsc", 51, [49]),
        (b"auxl", 52, [49]),
        (b"dimg", 52, [60, 61]),
        (b"prem", 49, [52]),
        large=large,
    )
    assert len(list(references(data))) == 54
    require_ends(data)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([(b"dimg", 1, [1])], id="a grid of itself"),
        pytest.param([(b"auxl", 1, [1])], id="its own alpha"),
        pytest.param([(b"thmb", 1, [1])], id="its own thumbnail"),
        pytest.param([(b"dimg", 1, [2]), (b"dimg", 2, [1])], id="two grids"),
        pytest.param([(b"dimg", 1, [2, 3]), (b"dimg", 3, [4]), (b"dimg", 4, [1])], id="three grids"),
        pytest.param([(b"dimg", 1, [2]), (b"auxl", 1, [2])], id="a grid that is its part's alpha"),
        pytest.param([(b"dimg", each, [each + 1]) for each in range(1, 20)], id="grids of grids of grids"),
        pytest.param([(b"dimg", 1, list(range(2, 6000)))] * 2, id="very many"),
        pytest.param([(b"dimg", 1, [])] * 11_000 + [(b"dimg", 1, [1])], id="behind many that say nothing"),
    ],
)
def test_what_does_not_end_is_refused(entries: list[tuple[bytes, int, list[int]]]) -> None:
    with pytest.raises(ValueError, match=r"refers to itself|need each other|too many"):
        require_ends(heif(*entries))


@pytest.mark.parametrize("wrong", [0, 8, 13, 15, 0x20E, 2**32 - 1])
def test_a_length_that_hides_what_comes_behind_is_refused(wrong: int) -> None:
    data = heif((b"dimg", 2, [1]), (b"dimg", 1, [1])).replace(b"\0\0\0\x0edimg", wrong.to_bytes(4) + b"dimg", 1)
    with pytest.raises(ValueError, match=r"another length|refers to itself|beyond"):
        require_ends(data)


@pytest.mark.parametrize("name", ["circle.heic", "hidden_circle.heic"])
def test_a_real_file_that_leads_in_a_circle_is_damaged(name: str) -> None:
    with pytest.raises(TruncatedImage):
        read_header((BROKEN / name).read_bytes(), 10**9)


def test_a_table_cut_short() -> None:
    data = heif((b"dimg", 1, [2]))[:-1]
    with pytest.raises(ValueError, match="beyond"):
        require_ends(data)
