"""Whoever fetches says how far it is; whoever asked decides how to show it."""

from typing import Protocol


class Progress(Protocol):
    """How far long work is, and what is worth a line."""

    def at(self, what: str, done: int, total: int | None) -> None:
        """`done` of `total` bytes of `what`; None when nobody knows how many there will be."""

    def note(self, text: str) -> None:
        """One line for people."""
