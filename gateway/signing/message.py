"""What is signed of a request: the signature base of RFC 9421, 2.5."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import Headers

from gateway.errors import SignatureInvalid
from gateway.signing.claim import Claim
from gateway.signing.digest import DIGEST, announced
from gateway.signing.signature import Signature, only, read

WINDOW_SECONDS: Final = 300
"""Between the time of a signature and ours, either way."""
COVERED: Final = ("@method", "@path", "@query", DIGEST)
"""What every signature covers; where there is a Content-Type, that as well, as it decides what the body means."""
_ITSELF: Final = frozenset({"signature", "signature-input"})


def claim(request: Mapping[str, Any], now: float) -> Claim:
    """Of a signed request, an ASGI scope; `now` is in seconds since 1970. Raises SignatureInvalid."""
    headers = Headers(raw=request["headers"])
    signature = read(headers)
    _require_covered(headers, signature)
    if abs(int(now) - signature.created) > WINDOW_SECONDS:
        raise SignatureInvalid(
            f"The signature was created at {signature.created}, by this service's clock it is {int(now)}: "
            f"more than the {WINDOW_SECONDS} seconds allowed between them."
        )
    until, digest = signature.created + WINDOW_SECONDS, announced(headers)
    said = base(request, signature)
    return Claim(signature.key_id, said, signature.text, signature.nonce, until, digest, request["query_string"])


def _require_covered(headers: Headers, signature: Signature) -> None:
    """Raises SignatureInvalid where a part of the request could be another, and nobody would notice."""
    needed = [*COVERED, *(["content-type"] if "content-type" in headers else [])]
    if missing := [each for each in needed if each not in signature.components]:
        raise SignatureInvalid(f"The signature must cover {', '.join(missing)}, too.", allowed=needed)


def base(request: Mapping[str, Any], signature: Signature) -> bytes:
    """The bytes that were signed, if the request, an ASGI scope, is the one that was. Raises SignatureInvalid."""
    headers = Headers(raw=request["headers"])
    lines = [f'"{each}": {_value(request, headers, each)}' for each in signature.components]
    try:
        return "\n".join([*lines, f'"@signature-params": {signature.said}']).encode("ascii")
    except UnicodeEncodeError as exc:
        raise SignatureInvalid("What a signature covers must be ASCII.") from exc


def _value(request: Mapping[str, Any], headers: Headers, component: str) -> str:
    """As it was sent: nothing is decoded, sorted or joined, so two spellings of one meaning are two requests."""
    match component:
        case "@method":
            return str(request["method"])
        case "@path":
            return str(request["raw_path"], "latin-1") or "/"
        case "@query":
            return "?" + str(request["query_string"], "latin-1")
        case "@authority":
            return only(headers, "host").lower()
    if component.startswith("@") or component in _ITSELF:
        raise SignatureInvalid(f"A signature cannot cover {component} here.", allowed=(*COVERED, "@authority"))
    return only(headers, component)
