"""What a signed request claims, in whichever way it was signed."""

from typing import NamedTuple


class Claim(NamedTuple):
    """That the key `key_id` signed `base` as `text`, in base64; to be used once, until then, in seconds since 1970."""

    key_id: str
    base: bytes
    text: str
    nonce: str
    until: int
    digest: str | None
    """The Content-Digest that the body has yet to prove; None: any body will do."""
    query: bytes
    """Of the address, without what was said there of the signature."""
