"""What is fuzzed: a function of bytes, the errors that it may raise, and what holds for every input."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from gateway.errors import GatewayError, problem

SECONDS: Final = 1.0
"""Of this thread's processor time for one input, as many times as an input of a few kilobytes ever needs."""
TOLD: Final = 4096
"""Bytes of what a client is told, whatever it has sent."""


@dataclass(frozen=True)
class Target:
    """`run` raises nothing but `refusals`, the errors that the code under test declares; what else it raises is a finding.

    `words` are what inputs of the kind are made of: mutants get them as they are.
    """

    name: str
    run: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()
    words: tuple[bytes, ...] = ()

    def check(self, data: bytes) -> None:
        """Raises whatever shows that `data` is a finding."""
        begun = time.thread_time()
        try:
            self.run(data)
        except self.refusals as refusal:
            if isinstance(refusal, GatewayError):
                _require_tellable(refusal)
        seconds = time.thread_time() - begun
        if seconds > SECONDS:
            raise AssertionError(f"{len(data)} bytes took {seconds:.1f} seconds")


def _require_tellable(refusal: GatewayError) -> None:
    told = msgspec.json.encode(problem(refusal, "request"))
    assert len(told) <= TOLD, "a refusal that repeats what it was sent"
