"""What all clients share, such as memory and connections: none of them may hold more of it than it leaves to the others."""

from collections import Counter


class Room:
    """`total` of something.

    A client alone gets half of it, of two each gets a third, of n clients that take what they can each gets total / (n + 1),
    and as much is left for the next. A client is an address, or "" where one cannot be told from another.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._held = 0
        self._by: Counter[str] = Counter()

    @property
    def is_empty(self) -> bool:
        """Whether nobody holds anything."""
        return not self._held

    def fits(self, who: str, size: int, of_this: int = 0) -> bool:
        """Whether `who` may take `size` more, for something of which it holds `of_this` already.

        Nothing always fits; the only thing that a client holds may be as large as there is room.
        """
        free = self.total - self._held
        held = self._by[who]
        alone = not who or held == of_this
        return not size or (size <= free and (alone or held + size <= free - size))

    def take(self, who: str, size: int) -> None:
        """`who` holds so much more."""
        self._held += size
        self._by[who] += size

    def give_back(self, who: str, size: int) -> None:
        """`who` holds so much less; who holds nothing is forgotten."""
        self.take(who, -size)
        if not self._by[who]:
            del self._by[who]
