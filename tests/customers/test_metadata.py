"""What may be written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.customers.metadata import cleaned, text
from gateway.errors import InvalidParameter


@given(st.dictionaries(st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True), st.text(max_size=500), max_size=20))
def test_texts_are_kept_without_control_characters(given_: dict[str, str]) -> None:
    found = cleaned(given_)
    assert found.keys() == given_.keys()
    for name, value in found.items():
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in value)
        assert cleaned({name: value}) == {name: value}
        value.encode()


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Bella", "Bella"),
        ("  Müller \n", "Müller"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("\u202egnp.exe", "gnp.exe"),
        ("☃", "☃"),
    ],
)
def test_a_text(given_: str, expected: str) -> None:
    assert text("pet_name", given_) == expected


@pytest.mark.parametrize(
    "given_",
    [
        {"Name": "x"}, {"": "x"}, {"a" * 65: "x"}, {"a-b": "x"}, {"a": 1}, {"a": None}, {"a": ["x"]}, {"a": "x" * 501},
        {f"a{n}": "x" for n in range(21)}, {"a\n": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_taken_is_named(given_: dict[str, object]) -> None:
    with pytest.raises(InvalidParameter, match="metadata"):
        cleaned(given_)
