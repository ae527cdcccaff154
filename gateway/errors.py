"""Everything a client can be told went wrong, with its status, code and public text.

GatewayError
├── BadRequest 400
│   ├── MalformedRequest
│   ├── EmptyBody, MalformedMultipart, MalformedJSON
│   ├── MalformedDataURL, MalformedBase64
│   ├── ConflictingParameter
│   ├── MissingImage
│   └── TruncatedImage
├── Unauthorised 401, always with WWW-Authenticate
│   └── KeyMissing, KeyUnknown, KeyExpired
├── Forbidden 403
│   ├── ScopeMissing, OriginNotAllowed
│   └── SignatureInvalid, SignatureReplayed
├── NotFound 404
├── MethodNotAllowed 405
├── RequestTimeout 408
├── Conflict 409
├── AddressExpired 410
├── TooLarge 413
│   ├── BodyTooLarge
│   ├── TooManyPixels
│   └── TooManyImages
├── URITooLong 414
├── Unsupported 415
│   ├── UnsupportedImage
│   └── UnsupportedMediaType
├── RangeNotSatisfiable 416
├── Unprocessable 422
│   ├── UnknownParameter, InvalidParameter
│   ├── UnknownEffect
│   ├── UnknownModel, UnknownVersion
│   ├── URLNotAllowed, URLUnreachable
│   ├── VersionRefused
│   └── NoSubject
├── RateLimited 429, always with Retry-After
├── HeadTooLarge 431
├── InternalError 500
├── Unavailable 503, always with Retry-After
│   ├── Starting
│   ├── Overloaded
│   ├── ModelUnavailable
│   ├── LimitsUnavailable
│   ├── StoreUnavailable
│   └── NoStore
├── InferenceTimeout, DeadlineExceeded 504
└── ClientGone 499, for those who follow a request's progress: its own client hears nothing any more

The text given to a class is public: it names what was wrong and what is allowed, never another exception's text.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar


class GatewayError(Exception):
    """A failure whose text may be shown to the client.

    `limit` and `actual` share a unit named in the text (bytes or pixels); `allowed` lists accepted values or names;
    `retry_after` is in whole seconds and becomes the Retry-After header.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str,
        *,
        limit: int | None = None,
        actual: int | None = None,
        allowed: Sequence[str] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.limit = limit
        self.actual = actual
        self.allowed = tuple(allowed)
        self.retry_after = retry_after


class BadRequest(GatewayError):
    status = 400
    code = "bad_request"
    title = "Bad request"


class MalformedRequest(BadRequest):
    code = "malformed_request"
    title = "Bad Request"


class EmptyBody(BadRequest):
    code = "empty_body"
    title = "Empty body"


class MalformedMultipart(BadRequest):
    code = "malformed_multipart"
    title = "Malformed multipart form"


class MalformedJSON(BadRequest):
    code = "malformed_json"
    title = "Malformed JSON"


class MalformedDataURL(BadRequest):
    code = "malformed_data_url"
    title = "Malformed data URL"


class MalformedBase64(BadRequest):
    code = "malformed_base64"
    title = "Malformed base64"


class ConflictingParameter(BadRequest):
    code = "conflicting_parameter"
    title = "Conflicting parameter"


class MissingImage(BadRequest):
    code = "missing_image"
    title = "Missing picture"


class TruncatedImage(BadRequest):
    code = "truncated_image"
    title = "Incomplete or damaged picture"


class Unauthorised(GatewayError):
    status = 401


class KeyMissing(Unauthorised):
    code = "key_missing"
    title = "Key missing"


class KeyUnknown(Unauthorised):
    """Also of a key that was revoked."""

    code = "key_unknown"
    title = "Key unknown"


class KeyExpired(Unauthorised):
    code = "key_expired"
    title = "Key expired"


class Forbidden(GatewayError):
    status = 403


class ScopeMissing(Forbidden):
    code = "scope_missing"
    title = "Scope missing"


class OriginNotAllowed(Forbidden):
    code = "origin_not_allowed"
    title = "Origin not allowed"


class SignatureInvalid(Forbidden):
    code = "signature_invalid"
    title = "Signature invalid"


class SignatureReplayed(Forbidden):
    code = "signature_replayed"
    title = "Signature replayed"


class Conflict(GatewayError):
    status = 409
    code = "conflict"
    title = "Conflict"


class AddressExpired(GatewayError):
    status = 410
    code = "expired"
    title = "Expired"


class RangeNotSatisfiable(GatewayError):
    """`limit` is the size of the whole."""

    status = 416
    code = "range_not_satisfiable"
    title = "Range not satisfiable"


class NotFound(GatewayError):
    status = 404
    code = "not_found"
    title = "Not found"


class MethodNotAllowed(GatewayError):
    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"


class RequestTimeout(GatewayError):
    status = 408
    code = "request_timeout"
    title = "Request Timeout"


class URITooLong(GatewayError):
    status = 414
    code = "uri_too_long"
    title = "URI Too Long"


class RateLimited(GatewayError):
    """The same request may succeed after `retry_after` seconds."""

    status = 429
    code = "rate_limited"
    title = "Too Many Requests"


class HeadTooLarge(GatewayError):
    status = 431
    code = "headers_too_large"
    title = "Request Header Fields Too Large"


class TooLarge(GatewayError):
    status = 413


class BodyTooLarge(TooLarge):
    code = "body_too_large"
    title = "Body too large"


class TooManyPixels(TooLarge):
    code = "too_many_pixels"
    title = "Too many pixels"


class TooManyImages(TooLarge):
    code = "too_many_images"
    title = "Too many pictures"


class Unsupported(GatewayError):
    status = 415


class UnsupportedImage(Unsupported):
    code = "unsupported_image"
    title = "Not a picture this service reads"


class UnsupportedMediaType(Unsupported):
    code = "unsupported_media_type"
    title = "Unsupported media type"


class Unprocessable(GatewayError):
    status = 422


class UnknownParameter(Unprocessable):
    code = "unknown_parameter"
    title = "Unknown parameter"


class InvalidParameter(Unprocessable):
    code = "invalid_parameter"
    title = "Invalid parameter"


class UnknownEffect(Unprocessable):
    code = "unknown_effect"
    title = "Unknown effect"


class VersionRefused(Unprocessable):
    code = "version_refused"
    title = "Version refused"


class NoSubject(Unprocessable):
    code = "no_subject"
    title = "No subject"


class UnknownModel(Unprocessable):
    code = "unknown_model"
    title = "Unknown model"


class UnknownVersion(Unprocessable):
    code = "unknown_version"
    title = "Unknown model version"


class URLNotAllowed(Unprocessable):
    code = "url_not_allowed"
    title = "Address not allowed"


class URLUnreachable(Unprocessable):
    code = "url_unreachable"
    title = "Address not reachable"


class InternalError(GatewayError):
    """The public face of an exception nobody expected."""


class Unavailable(GatewayError):
    """Nothing is wrong with the request: the same one may succeed after `retry_after` seconds."""

    status = 503

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail, retry_after=retry_after)


class Starting(Unavailable):
    code = "starting"
    title = "Starting"


class Overloaded(Unavailable):
    code = "overloaded"
    title = "Overloaded"


class ModelUnavailable(Unavailable):
    code = "model_unavailable"
    title = "Model unavailable"


class LimitsUnavailable(Unavailable):
    """What counts the requests is away, and without it none is taken."""

    code = "limits_unavailable"
    title = "Rate limits unavailable"


class StoreUnavailable(Unavailable):
    code = "store_unavailable"
    title = "Store unavailable"


class NoStore(StoreUnavailable):
    """There is none, which waiting does not change: an hour is as good as a second."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=3600)


class InferenceTimeout(GatewayError):
    status = 504
    code = "inference_timeout"
    title = "Inference timed out"


class DeadlineExceeded(GatewayError):
    """The time that the client itself allowed is over."""

    status = 504
    code = "deadline_exceeded"
    title = "Deadline exceeded"


class ClientGone(GatewayError):
    status = 499  # as nginx has it
    code = "client_gone"
    title = "The client hung up"


@contextmanager
def about(name: str) -> Iterator[None]:
    """Failures inside are told with the name of what was wrong, where a request holds more than one thing of a kind."""
    try:
        yield
    except GatewayError as error:
        error.detail = f"{name}: {error.detail}"
        raise


def problem(error: GatewayError, request_id: str) -> dict[str, object]:
    """The error as an RFC 9457 problem object, ready for JSON."""
    extensions = {"limit": error.limit, "actual": error.actual, "allowed": error.allowed or None}
    return {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
        **{name: value for name, value in extensions.items() if value is not None},
    }
