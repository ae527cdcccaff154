"""Ranges of bytes."""

import pytest

from gateway.endpoints.ranges import Range, Unsatisfiable, asked


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", Range(0, 0)),
        ("bytes=0-9", Range(0, 9)),
        ("bytes=3-", Range(3, 9)),
        ("bytes=3-99", Range(3, 9)),
        ("bytes=-3", Range(7, 9)),
        ("bytes=-99", Range(0, 9)),
        ("bytes = 0 - 1", Range(0, 1)),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=99999999999999999999-", None),
    ],
)
def test_of_ten_bytes(header: str, expected: Range | None) -> None:
    assert asked(header, 10) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=11-12", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)]
)
def test_where_nothing_lies(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        asked(header, size)
