"""Short words for a store in a folder."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.store.directory import DirectoryStore
from gateway.store.store import Info

TEXT = "text/plain"
LATER = datetime.now(UTC) + timedelta(days=1)


def opened(root: Path, cache_bytes: int = 10**9) -> DirectoryStore:
    store = DirectoryStore(root, cache_bytes)
    store.open()
    return store


def put(store: DirectoryStore, name: str, body: bytes = b"body", expires: datetime | None = None) -> Info:
    return asyncio.run(store.put(name, body, media_type=TEXT, expires=expires))


def create(store: DirectoryStore, name: str, body: bytes = b"body") -> Info:
    """Raises Changed where there is one."""
    return asyncio.run(store.put(name, body, media_type=TEXT, generation=0))


def body(store: DirectoryStore, name: str) -> bytes | None:
    found = asyncio.run(store.get(name))
    return None if found is None else found.body


def names(store: DirectoryStore, prefix: str = "") -> list[str]:
    return [info.name for info in asyncio.run(store.list(prefix))]


def path(root: Path, name: str) -> Path:
    """Of the file of an object."""
    return root / "objects" / f"{name}~"
