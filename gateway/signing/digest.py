"""The digest of a body, announced before it (Content-Digest, RFC 9530) and compared with what comes."""

import base64
import hashlib
import hmac
import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from gateway.errors import SignatureInvalid
from gateway.signing.signature import only

DIGEST: Final = "content-digest"
_FORM: Final = re.compile("sha-256=:[A-Za-z0-9+/]{43}=:")


def announced(headers: Headers) -> str:
    """The header, as it was written. Raises SignatureInvalid where it holds anything but one SHA-256."""
    text = only(headers, DIGEST)
    if not _FORM.fullmatch(text):
        raise SignatureInvalid("Content-Digest must be `sha-256=:BASE64:`, of the body's bytes.")
    return text


def checked(receive: Receive, digest: str) -> Receive:
    """`receive`, which raises SignatureInvalid in place of the end of a body that has another `digest`."""
    sha256 = hashlib.sha256()

    async def receive_checked() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            sha256.update(message.get("body", b""))
            if not message.get("more_body", False) and not hmac.compare_digest(_text(sha256.digest()), digest):
                raise SignatureInvalid("The body is not the one whose SHA-256 Content-Digest holds.")
        return message

    return receive_checked


def _text(digest: bytes) -> str:
    return f"sha-256=:{base64.b64encode(digest).decode()}:"
