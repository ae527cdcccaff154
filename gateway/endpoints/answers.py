"""Answers in JSON, and answers that a client may know already."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints.negotiation import JSON
from gateway.endpoints.pieces import PiecewiseResponse


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`content` as application/json."""
    return encoded(encode(content), status, headers)


def encode(content: object) -> bytes:
    """`content` in JSON."""
    return msgspec.json.encode(content)


def encoded(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """What `encode` made, as application/json."""
    return PiecewiseResponse(body, status, headers, JSON)


def unchanging(
    request: Request[Any], body: bytes, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """`body`, which stays the same as long as the service runs; asked for again, it is answered with 304."""
    digest = hashlib.sha256(body).hexdigest()
    return unless_known(request, body, media_type, digest, {"Cache-Control": "no-cache", **(headers or {})})


def unless_known(
    request: Request[Any], body: bytes, media_type: str, digest: str, headers: Mapping[str, str]
) -> Response:
    """`body` with an ETag made of its `digest`; 304 without a body where If-None-Match names that (RFC 9110, 13.1.2).

    A POST that only computes is treated as the GET that it would be, could a GET carry a picture.
    """
    tag = etag(digest)
    headers = {**headers, "ETag": tag}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return PiecewiseResponse(body, 200, headers, media_type)


def etag(digest: str) -> str:
    """Of a body with that SHA-256."""
    return f'"{digest[:32]}"'


def is_known(request: Request[Any], tag: str) -> bool:
    """Whether the client has what the tag names already."""
    known = request.headers.get("if-none-match", "")
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in known.split(","))
