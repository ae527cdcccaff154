"""Addresses to which a browser may post one picture without a key: made by a server that signs; see docs/signing.md."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import AddressExpired, SignatureInvalid
from gateway.signing.claim import Claim

MAX_SECONDS: Final = 3600
"""From the making of an address to its end, at most."""

_NAME: Final = re.compile(rb"(?:\A|&)signature=")
_QUERY: Final = re.compile(
    rb"(?P<said>(?:(?P<query>.*)&)?expires=(?P<expires>[1-9][0-9]{0,11})&keyid=(?P<key_id>[a-z0-9]{8})"
    rb"&nonce=(?P<nonce>[A-Za-z0-9_-]{16,64}))&signature=(?P<text>[A-Za-z0-9_-]{43})",
    re.DOTALL,
)


def is_signed(request: Mapping[str, Any]) -> bool:
    """Whether the address of a request, an ASGI scope, claims to be."""
    return _NAME.search(request["query_string"]) is not None


def claim(request: Mapping[str, Any], now: float) -> Claim:
    """Of the address of a request; `now` is in seconds since 1970. Raises SignatureInvalid, AddressExpired."""
    found = _QUERY.fullmatch(request["query_string"])
    if found is None or request["method"] != "POST":
        raise SignatureInvalid(
            "A signed address is for POST, and ends in expires=SECONDS&keyid=ID&nonce=NONCE&signature=BASE64URL."
        )
    expires = int(found["expires"])
    if expires <= now:
        raise AddressExpired("This address was good until a moment ago; ask for a new one.")
    if expires > now + MAX_SECONDS:
        raise SignatureInvalid(f"An address is good for {MAX_SECONDS} seconds at most.", limit=MAX_SECONDS)
    return Claim(
        found["key_id"].decode(),
        b"%b %b?%b" % (request["method"].encode(), request["raw_path"], found["said"]),
        found["text"].decode().replace("-", "+").replace("_", "/") + "=",
        found["nonce"].decode(),
        expires,
        digest=None,
        query=found["query"] or b"",
    )
