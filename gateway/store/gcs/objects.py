"""What of an object is kept in its custom metadata, which the bucket's users can read and no header of ours carries."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from gateway.store.store import Info

_DIGEST: Final = "cutout-sha256"
_EXPIRES: Final = "cutout-expires"
NONCE: Final = "cutout-nonce"
"""Differs for each write: by it a write is recognised whose answer was lost."""
_METADATA: Final = "cutout-metadata"
"""In JSON, which keeps to ASCII: downloads carry custom metadata in headers."""


class Foreign(Exception):
    """The object was not written by us."""


def described(digest: str, expires: datetime | None, nonce: str, metadata: Mapping[str, str]) -> dict[str, str]:
    """The custom metadata of an object with that `metadata`."""
    own = {_DIGEST: digest, NONCE: nonce, _METADATA: json.dumps(dict(metadata))}
    return own if expires is None else {**own, _EXPIRES: expires.isoformat()}


def extended(kept: Mapping[str, str], expires: datetime) -> dict[str, str]:
    """The custom metadata of an object that is kept until then."""
    return {**kept, _EXPIRES: expires.isoformat()}


def info(name: str, blob: Any) -> Info:
    """What the bucket says of object `name`. Raises Foreign."""
    kept = dict(blob.metadata or {})
    try:
        expires = datetime.fromisoformat(kept[_EXPIRES]) if _EXPIRES in kept else None
        return Info(
            name=name,
            size=int(blob.size),
            media_type=blob.content_type,
            digest=kept[_DIGEST],
            generation=int(blob.generation),
            created=blob.time_created,
            expires=expires,
            metadata=json.loads(kept[_METADATA]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Foreign(name) from error
