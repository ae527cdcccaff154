"""What was kept or found a moment ago, in memory."""

from collections import OrderedDict
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Entry(NamedTuple, Generic[T]):
    value: T
    size: int
    expires: datetime


class Recent(Generic[T]):
    """Values by name, at most `size` bytes of them together; the least recently used go first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._entries: OrderedDict[str, _Entry[T]] = OrderedDict()

    def put(self, name: str, value: T, size: int, expires: datetime) -> None:
        """Holds `value`, which takes `size` bytes, until `expires`; what is larger than all there is room for is not held."""
        self._drop(name)
        if size > self._size:
            return
        self._entries[name] = _Entry(value, size, expires)
        self._held += size
        while self._held > self._size:
            self._drop(next(iter(self._entries)))

    def get(self, name: str, now: datetime) -> T | None:
        """The value, where it is held and has not expired."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        if entry.expires <= now:
            self._drop(name)
            return None
        self._entries.move_to_end(name)
        return entry.value

    def _drop(self, name: str) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._held -= entry.size
