"""Mutants: the same for the same start, of a bounded size, and of every kind."""

from functools import cache
from random import Random

import pytest

from tests.fuzz.mutation import MOST, Mutator

SEEDS = [b"GET /?size=100 HTTP/1.1\r\n", b"\x89PNG\r\n\x1a\n" + bytes(64), b""]
WORDS = (b"&word=",)


def mutants(start: int, number: int = 2_000) -> list[bytes]:
    mutator = Mutator(SEEDS, WORDS, Random(start))
    return [mutator.mutant() for _ in range(number)]


@cache
def many() -> list[bytes]:
    return mutants(1, 100_000)


def test_the_same_start_gives_the_same_mutants() -> None:
    assert mutants(1) == mutants(1) != mutants(2)


def test_most_are_none_of_the_seeds_and_none_like_another() -> None:
    made = mutants(1)
    assert len(set(made) - set(SEEDS)) > 0.7 * len(made)


def test_mutants_are_bounded() -> None:
    large = Mutator([bytes(MOST) * 2], (), Random(1))
    assert max(len(large.mutant()) for _ in range(50)) <= MOST


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(b"size=101", id="next number"),
        pytest.param(b"size=4294967296", id="edge"),
        pytest.param(b"&word=", id="word"),
        pytest.param(b"\xff\xff\xff\xff", id="binary edge"),
        pytest.param(b"GET /\x89PNG", id="splice"),
        pytest.param(b"HTTP/1.1\r\nHTTP/1.1\r\n", id="repetition"),
    ],
)
def test_every_kind_is_among_them(part: bytes) -> None:
    assert any(part in each for each in many())
