"""Two keys of one name are one too many."""

import pytest
import yaml

from tests.deploy import strict


def test_reads_what_is_right() -> None:
    assert strict.load("a: {b: 1}\nc: [{a: 1}, {a: 2}]") == {"a": {"b": 1}, "c": [{"a": 1}, {"a": 2}]}


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a:\n  b: 1\n  b: 1", "[{a: 1, a: 2}]"])
def test_refuses_a_key_that_stands_twice(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        strict.load(text)
