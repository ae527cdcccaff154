"""What a store does, whatever it is made of; tests/store/test_conformance.py holds every adapter to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Changed(Exception):
    """Somebody else was faster: the object is not, or no longer, of the generation that was asked for."""


class TooLarge(Exception):
    """What was uploaded has more bytes, `size`, than were asked for; it was not read."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes")
        self.size = size


@dataclass(frozen=True)
class Info:
    """What is known of an object. `generation` is above 0, a new one for each body; `digest` its SHA-256, in hexadecimal.

    `created` and `expires` are in UTC and aware; what has expired is not there any more, whether it is still stored or not.
    """

    name: str
    size: int
    media_type: str
    digest: str
    generation: int
    created: datetime
    expires: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def alive(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return self.expires is None or self.expires > now


@dataclass(frozen=True)
class Object:
    """An object with its whole body."""

    info: Info
    body: bytes


class Store(Protocol):
    """Objects by name. A name is 1 to 900 of A-Z a-z 0-9 . _ - and /, no part of it empty, longer than 200 or begun by a dot.

    Every method ends within the adapter's deadline and raises StoreUnavailable (gateway.errors) where it cannot be told whether
    it succeeded, after tries that are safe. An object is there whole or not at all, and what has been acknowledged is durable.
    """

    async def put(
        self,
        name: str,
        body: bytes,
        *,
        media_type: str,
        expires: datetime | None = None,
        metadata: Mapping[str, str] | None = None,
        generation: int | None = None,
    ) -> Info:
        """Stores an object. `generation` None replaces whatever is there, 0 only creates, another replaces that one alone.

        Raises Changed.
        """

    async def get(self, name: str) -> Object | None:
        """The object; None where there is none."""

    async def head(self, name: str) -> Info | None:
        """What is known of the object; None where there is none."""

    async def delete(self, name: str, *, generation: int | None = None) -> bool:
        """Whether there was an object, which is gone now. `generation` deletes that one alone. Raises Changed."""

    async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
        """At most `limit` objects whose names begin with `prefix` and follow `after`, in the order of their names."""

    async def copy(self, name: str, target: str, *, expires: datetime | None = None) -> Info | None:
        """Stores the object under another name, too, replacing what is there; None where there is none."""

    async def extend(self, name: str, *, expires: datetime) -> Info | None:
        """Has the object kept until `expires` at least, as the same generation; None where there is none."""

    async def received(self, name: str, *, most: int) -> Object | None:
        """What was PUT to an upload_url, of whatever type it was said to be; None where nothing was. Raises TooLarge."""

    async def download_url(self, name: str, seconds: int) -> str:
        """An address, absolute or beginning with /, that gives the object to whoever has it, for so long."""

    async def upload_url(self, name: str, media_type: str, size: int, seconds: int) -> str:
        """An address to which a body of that type may be PUT for so long, the last one counts; `received` reads it.

        The body is of that `size` where the store can see to it.
        """
