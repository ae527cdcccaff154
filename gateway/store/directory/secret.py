"""What every process on a store's folder signs addresses with."""

import secrets
from pathlib import Path
from typing import Final

from gateway.store.directory.writing import create
from gateway.store.errors import StoreError

_BYTES: Final = 32


def shared_secret(root: Path, tmp: Path) -> bytes:
    """The one in `root`, made by whoever comes first. Raises StoreError where it is damaged."""
    path = root / "secret"
    if not path.exists():  # a disk that is full keeps nobody from starting again
        create(path, secrets.token_bytes(_BYTES), tmp)
    secret = path.read_bytes()
    if len(secret) != _BYTES:
        raise StoreError(f"{path} is damaged: remove it, and addresses that were given are void")
    return secret
