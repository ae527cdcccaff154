"""Addresses that carry their own permission: signed, for one object and one purpose, and only for so long."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

Method = Literal["GET", "PUT"]


class Refused(Exception):
    """The address is not ours, was changed, or is for something else."""


class Expired(Exception):
    """The address was ours, for a time that is over."""


@dataclass(frozen=True)
class Grant:
    """What an address allows until `expires`, in seconds since 1970. A PUT is of that media type and size, in bytes."""

    method: Method
    name: str
    expires: int
    media_type: str = ""
    size: int = 0

    def query(self, secret: bytes) -> str:
        """Of the address: everything but the name and the method, and the signature."""
        shown: dict[str, str | int] = {"expires": self.expires}
        if self.method == "PUT":
            shown |= {"type": self.media_type, "size": self.size}
        return urlencode(shown | {"signature": self._signature(secret)})

    def verify(self, secret: bytes, signature: str, now: float) -> None:
        """Raises Refused and Expired."""
        if not hmac.compare_digest(self._signature(secret).encode(), signature.encode()):
            raise Refused
        if now >= self.expires:
            raise Expired

    def _signature(self, secret: bytes) -> str:
        said = "\n".join((self.method, self.name, str(self.expires), self.media_type, str(self.size)))
        digest = hmac.new(secret, said.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
