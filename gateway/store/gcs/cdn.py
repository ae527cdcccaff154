"""Addresses that Cloud CDN answers, signed with a key that it knows: a cache stands between the bucket and who reads it.

https://cloud.google.com/cdn/docs/using-signed-urls says how they are signed.
"""

import base64
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CloudCdn:
    """What answers at `origin`, such as https://cdn.shop.example; `key`, of 16 bytes, is the one it knows as `key_name`."""

    origin: str
    key_name: str
    key: bytes = field(repr=False)

    def url(self, path: str, expires: int) -> str:
        """Gives the bucket's object `path` until `expires`, in seconds since 1970."""
        said = f"{self.origin}/{path}?Expires={expires}&KeyName={self.key_name}"
        signature = base64.urlsafe_b64encode(hmac.digest(self.key, said.encode(), "sha1")).decode()
        return f"{said}&Signature={signature}"
