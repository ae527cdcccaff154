"""The service's own description, OpenAPI 3.1: made of the tables that route, guard and judge requests."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.negotiation import JSON
from gateway.endpoints.operation import Operation
from gateway.endpoints.shapes import Problem
from gateway.endpoints.sources import ADDRESS, BACKDROP, PICTURE_KEY, PICTURE_PART, UPLOAD
from gateway.errors import GatewayError
from gateway.stopwatch import STAGES

Document = dict[str, Any]

PROBLEM: Final = "application/problem+json"
_SCHEMAS: Final = "#/components/schemas/{name}"
_BINARY: Final = {"type": "string", "format": "binary"}
_TEXT: Final = {"type": "string", "description": "a data URL (RFC 2397), or base64"}
_URL: Final = {"type": "string", "format": "uri", "description": "an https address, where the service takes those"}
_UPLOAD: Final = {
    "type": "string",
    "pattern": "^[0-9a-f]{32}$",
    "description": "of a picture that was put into the store",
}
_PICTURE_TYPES: Final = tuple(f"image/{kind}" for kind in ("jpeg", "png", "webp", "heic", "avif", "tiff", "bmp", "gif"))
_DESCRIPTIONS: Final = {
    "name": "an effect's name or alias",
    "session_id": "1 to 200 of A-Z a-z 0-9 _ -",
}
_PATH_SCHEMAS: Final = {
    "name": {"type": "string", "minLength": 1},
    "session_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$"},
}
_HEADERS: Final = {
    "ETag": "names these very bytes, for If-None-Match",
    "X-Cache": "hit, miss or coalesced",
    "X-Confidence": "0 to 1; near 0 where the picture shows no subject",
    "X-Crop-Confidence": "0 to 1; how good the crop is, where there was one",
    "X-Crop-Confidence-Level": "high above 0.8, medium above 0.6, else low",
    "X-Effect": "the effect, or several separated by commas",
    "X-Foreground-Top": "of the subject's box, in pixels of the result",
    "X-Foreground-Left": "of the subject's box",
    "X-Foreground-Width": "of the subject's box",
    "X-Foreground-Height": "of the subject's box",
    "X-Model": "name/version of the model that answered",
    "X-Processing-Time": "seconds",
    "X-Session-ID": "the session, the client's own or a new one",
}

_RATE_HEADERS: Final = {
    "RateLimit-Policy": "where there is a rate: its name, q units in w seconds",
    "RateLimit": "its name, r units left, t seconds until the oldest that were used come back",
    "RateLimit-Limit": "units of the rate",
    "RateLimit-Remaining": "units left",
    "RateLimit-Reset": "seconds until the oldest units that were used come back",
    "X-RateLimit-Limit": "units of the rate",
    "X-RateLimit-Remaining": "units left",
    "X-RateLimit-Reset": "when the oldest units that were used come back, in Unix time",
}
_TIMING_HEADERS: Final = {
    "Server-Timing": "milliseconds of each stage that there was, and in all until the answer began: "
    + "; ".join(f"{name}, {text}" for name, text in STAGES.items())
    + "; total"
}
"""On every answer."""
_RETRY_HEADERS: Final = {"Retry-After": "seconds after which the same request can succeed"}


async def openapi(request: Request[Any]) -> Response:
    """GET /openapi.json."""
    return answers.unchanging(request, request.state["openapi"], JSON)


def document(operations: Iterable[Operation], version: str) -> Document:
    """All of `operations`, as OpenAPI 3.1."""
    operations = tuple(operations)
    paths: Document = defaultdict(dict)
    for each in operations:
        paths[each.template][each.method.lower()] = _operation(each)
    shapes = [Problem, *(each.shape for each in operations if each.shape)]
    _, schemas = msgspec.json.schema_components(shapes, ref_template=_SCHEMAS)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Cut-outs", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Signature",
                    "description": "RFC 9421 with HMAC-SHA256; Signature-Input and Content-Digest go with it",
                },
            },
        },
    }


def _operation(each: Operation) -> Document:
    found: Document = {
        "operationId": re.sub("[^a-z0-9]+", "_", f"{each.method}{each.path}".lower()).strip("_"),
        "summary": each.summary,
        "parameters": [*_in_path(each.path), *_in_query(each.parameters), *_elsewhere(each), *_in_headers(each)],
        "responses": {**_answers(each), **_problems(each)},
        "security": [{}, {"bearer": []}, {"key": []}, {"signature": []}] if each.scope else [],
    }
    return found | ({"requestBody": _body(each.parameters)} if each.picture and each.parameters else {})


def _in_path(path: str) -> Iterator[Document]:
    for name, schema in _PATH_SCHEMAS.items():
        if f"{{{name}" in path:
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "description": _DESCRIPTIONS[name],
                "schema": schema,
            }


def _in_query(parameters: type[msgspec.Struct] | None) -> Iterator[Document]:
    for name, schema in properties(parameters).items():
        text = _as_text(schema)
        described = {"description": text.pop("description")} if "description" in text else {}
        yield {"name": name, "in": "query", "required": False, **described, "schema": text}


def _elsewhere(each: Operation) -> Iterator[Document]:
    """What stands in the place of a picture."""
    if each.picture:
        yield {"name": ADDRESS, "in": "query", "required": False, "schema": _URL}
        yield {"name": UPLOAD, "in": "query", "required": False, "schema": _UPLOAD}


def _in_headers(each: Operation) -> Iterator[Document]:
    if each.picture:
        wait = {"type": "string", "examples": ["wait=20"]}
        yield {"name": "Prefer", "in": "header", "description": "wait=SECONDS, the client's deadline", "schema": wait}
    if "text/event-stream" in each.answers:
        last = {"type": "string", "pattern": "^[A-Za-z0-9-]{0,64}$"}
        yield {"name": "Last-Event-ID", "in": "header", "description": "goes on after that event", "schema": last}


def properties(parameters: type[msgspec.Struct] | None) -> dict[str, Document]:
    """By name: type, range or values, default and description, as JSON Schema; without null, which none of them takes."""
    if parameters is None:
        return {}
    _, components = msgspec.json.schema_components([parameters], ref_template=_SCHEMAS)
    found: dict[str, Document] = components[parameters.__name__].get("properties", {})
    return {name: _present(schema) for name, schema in found.items()}


def _present(schema: Document) -> Document:
    """The schema of a value that is given: msgspec writes `X | None = None` for one that may be left out."""
    kept = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    options = [each for each in kept.pop("anyOf", []) if each != {"type": "null"}]
    if len(options) == 1:
        kept |= options[0]
    elif options:
        kept["anyOf"] = options
    if "enum" in kept:
        kept["enum"] = [value for value in kept["enum"] if value is not None]
        kept.setdefault("type", "string")
    if "pattern" in kept:  # Python writes the end of the text as \Z, ECMA-262 as $
        kept["pattern"] = kept["pattern"].replace(r"\Z", "$")
    return kept


def _as_text(schema: Document) -> Document:
    """As it is written in a query or a form, where lists and objects are text."""
    if "anyOf" not in schema:
        return dict(schema)
    described = {name: schema[name] for name in ("description",) if name in schema}
    return {"type": "string", **described}


def _body(parameters: type[msgspec.Struct]) -> Document:
    own = properties(parameters)
    fields = {name: _as_text(schema) for name, schema in own.items()}
    form = {PICTURE_PART: _BINARY, BACKDROP: _BINARY, ADDRESS: _URL, UPLOAD: _UPLOAD, **fields}
    text = {PICTURE_KEY: _TEXT, BACKDROP: _TEXT, ADDRESS: _URL, UPLOAD: _UPLOAD, **own}
    return {
        "description": "A picture: JPEG, MPO, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF. The bytes decide.",
        "required": False,
        "content": {
            "multipart/form-data": {"schema": _object(form, PICTURE_PART)},
            "application/json": {"schema": _object(text, PICTURE_KEY)},
            **{media_type: {"schema": _BINARY} for media_type in (*_PICTURE_TYPES, "application/octet-stream")},
        },
    }


def _object(members: Document, picture: str) -> Document:
    required = {"anyOf": [{"required": [each]} for each in (picture, ADDRESS, UPLOAD)]}
    return {"type": "object", "properties": members, "additionalProperties": False, **required}


def _answers(each: Operation) -> Document:
    told = _TIMING_HEADERS | ({} if each.free else _RATE_HEADERS)
    if not each.answers:
        return {"204": {"description": "It was taken.", "headers": _headers(told)}}
    content = {media_type: {"schema": _content(media_type, each)} for media_type in each.answers}
    description = " ".join(dict.fromkeys(each.answers.values()))
    headers = _headers((_HEADERS if each.picture else {}) | told)
    found: Document = {"200": {"description": description, "content": content, "headers": headers}}
    others = {}
    if each.unchanging or each.picture:
        others["304"] = "If-None-Match names what would be sent."
    if each.partial:
        others["206"] = "The range that was asked for."
    if "text/event-stream" in each.answers:
        others["204"] = "Last-Event-ID was the last, and nothing is under way."
    return found | {status: {"description": text, "headers": _headers(told)} for status, text in others.items()}


def _headers(told: Mapping[str, str]) -> Document:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in told.items()}


def _content(media_type: str, each: Operation) -> Document:
    if media_type == JSON:
        return {"$ref": _SCHEMAS.format(name=each.shape.__name__)} if each.shape else {"type": "object"}
    return {"type": "string"} if media_type.startswith("text/") else dict(_BINARY)


def _problems(each: Operation) -> Document:
    codes = by_code()
    guarded = _GUARDED if each.scope else ()
    counted = () if each.free else ("rate_limited", "limits_unavailable")
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in (*each.refusals, *guarded, *counted, *_ALWAYS):
        by_status[codes[code].status].append(code)
    return {str(status): _problem(status, by_status[status]) for status in sorted(by_status)}


_GUARDED: Final = (
    "key_missing",
    "key_unknown",
    "key_expired",
    "scope_missing",
    "origin_not_allowed",
    "signature_invalid",
    "signature_replayed",
    "expired",
    "store_unavailable",
)
"""Of every request that needs a key."""
_ALWAYS: Final = (
    "malformed_request",
    "request_timeout",
    "uri_too_long",
    "headers_too_large",
    "overloaded",
    "internal_error",
)
"""Of every request, whatever it asks for."""


def by_code() -> Mapping[str, type[GatewayError]]:
    """Every error that a client can be told."""
    return {kind.code: kind for kind in _kinds(GatewayError)}


def _kinds(kind: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


def _problem(status: int, codes: list[str]) -> Document:
    schema = {
        "allOf": [{"$ref": _SCHEMAS.format(name="Problem")}, {"properties": {"code": {"enum": sorted(set(codes))}}}]
    }
    phrase = HTTPStatus(status).phrase
    told = _TIMING_HEADERS | (_RATE_HEADERS if status == 429 else {}) | (_RETRY_HEADERS if status in (429, 503) else {})
    return {
        "description": f"{phrase}: {', '.join(dict.fromkeys(codes))}.",
        "content": {PROBLEM: {"schema": schema}},
        "headers": _headers(told),
    }
