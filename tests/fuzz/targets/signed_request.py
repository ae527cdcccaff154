"""A signed request: what is signed of it is what it is, and its body is the announced one."""

import base64
import hashlib
from collections.abc import Coroutine
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Message

from gateway.errors import SignatureInvalid
from gateway.signing import digest, message
from gateway.signing.claim import Claim
from tests.fuzz.scope import scope
from tests.fuzz.target import Target

NOW = 1_767_225_600.5


def run(data: bytes) -> None:
    head, _, body = data.partition(b"\n\n")
    asked = scope(head)
    claim = message.claim(asked, NOW)
    assert abs(claim.until - message.WINDOW_SECONDS - NOW) <= message.WINDOW_SECONDS + 1
    _require_whole(asked, claim)
    sha256 = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert _lets_in(body, claim) == (claim.digest == f"sha-256=:{sha256}:")


def _require_whole(asked: dict[str, Any], claim: Claim) -> None:
    """No line of what is signed hides another one, and none is missing that makes a request another one."""
    *lines, last = claim.base.decode("ascii").split("\n")
    signed = dict(line.split(": ", 1) for line in lines)
    assert len(signed) == len(lines) and last.startswith('"@signature-params": (')
    assert signed['"@method"'] == asked["method"]
    assert signed['"@path"'] == (asked["raw_path"].decode() or "/")
    assert signed['"@query"'] == "?" + asked["query_string"].decode()
    assert signed['"content-digest"'] == claim.digest
    assert signed.get('"content-type"') == Headers(raw=asked["headers"]).get("content-type")
    assert f'nonce="{claim.nonce}"' in last and f'keyid="{claim.key_id}"' in last


def _lets_in(body: bytes, claim: Claim) -> bool:
    """In two pieces."""
    pieces = [body[: len(body) // 2], body[len(body) // 2 :]]

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    checked = digest.checked(receive, claim.digest or "")
    try:
        return bool([_result(checked()), _result(checked())])
    except SignatureInvalid:
        return False


def _result(waiting: Coroutine[Any, Any, Any]) -> object:
    """Of what waits for nothing."""
    try:
        waiting.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


TARGET = Target(
    "signed_request",
    run,
    (SignatureInvalid,),
    (
        b"\n",
        b"?",
        b"&",
        b"signature-input: sig=",
        b"signature: sig=:",
        b"content-digest: sha-256=:",
        b'("@method" "@path" "@query" "content-digest" "content-type")',
        b'"@authority"',
        b'"host"',
        b'"signature"',
        b'";sf',
        b";created=1767225600",
        b';nonce="0123456789abcdef"',
        b';keyid="abcdefgh"',
        b';alg="hmac-sha256"',
        b";expires=1",
        b"content-type: image/png",
        b"\xe9",
    ),
)
