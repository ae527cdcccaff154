"""What an operator can set, read once from a mapping of environment variables."""

import base64
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from gateway.audit.audit import Addresses
from gateway.origins import Origins, OriginsError
from gateway.rates import rate
from gateway.rates.rate import Rate

T = TypeVar("T")

OFF: Final = "off"
TRITON_KEY_NAME: Final = "cutout-key"
"""Of the header that a Triton's key is sent in, where no other is named."""
BEST: Final = "best"
"""The model that nobody has to name: what it is, `models` finds out."""


MAX_SECONDS: Final = 600
"""No request takes longer, whatever is asked for."""


class SettingsError(ValueError):
    """A variable that cannot be used; the text names it and says what is allowed."""


@dataclass(frozen=True)
class Settings:
    """The gateway's configuration. Sizes in bytes, pictures in pixels, times in seconds."""

    host: str = "127.0.0.1"
    port: int = 8080
    triton: str | None = None
    """`host:port` of a Triton's gRPC; None starts the embedded one."""
    triton_key: str = field(default="", repr=False)
    """NAME=VALUE of its restricted protocols; the embedded one has a key of its own."""
    triton_metrics: str = ""
    """Where Triton tells its own figures; "" for nowhere. The embedded one's is known."""
    repository: Path = Path(__file__).resolve().parent.parent / "model_repository"
    """The model repository of the embedded Triton."""
    model: str = BEST
    """A short name or a model's own."""
    max_body_bytes: int = 50_000_000
    max_bodies_bytes: int = 16 * max_body_bytes
    """Of all requests together: bodies are held in memory until they are answered."""
    body_seconds: float = 300.0
    """For a body to come in: 12 MB from a phone in a cellar. A client that sends nothing for thirty is cut off, too."""
    connections: int = 1000
    max_pixels: int = 50_000_000
    threads: int = os.cpu_count() or 1
    permits: int = max(32, 8 * threads)
    """For pictures in work, those at the model included: enough to fill its batches. A large picture takes several."""
    places: int = permits // 4
    """Pictures that may wait for a permit; beyond them the answer is 503 at once: who is let in is not to wait for long."""
    wait_seconds: float = 1.0
    """In which all that are let in should be done, by the pace of late: a service that gets slower lets in fewer."""
    inference_seconds: float = 30.0
    request_seconds: float = 60.0
    """From the last byte of the body to the first of the answer; a client may ask for less."""
    start_seconds: float = 30.0
    """How long of that a picture waits for a model that is starting."""
    load_seconds: float = 120.0
    """For which a version of the model may load; then it is given up, and tried again after a rest."""
    plan_seconds: float = 5.0
    """Between two looks at the rollout's plan."""
    store: str = OFF
    """A folder, a bucket of Google Cloud Storage as gs://bucket or gs://bucket/prefix, or "off"."""
    store_bytes: int = 2_000_000_000
    """For what may be evicted: masks and results."""
    cache_seconds: int = 86_400
    """How long masks and results are kept, where there is a store."""
    cdn_url: str = ""
    """Of the Cloud CDN before the bucket; with it go the name of its key and the key, of 16 bytes."""
    cdn_key_name: str = ""
    cdn_key: bytes = field(default=b"", repr=False)
    url_sources: bool = False
    """Whether a picture may be given as an https address."""
    url_seconds: float = 10.0
    keys: Path | None = None
    """The file of API keys; None: everything but administration is open."""
    api_key: str = field(default="", repr=False)
    """Of the command line, when it asks a service that wants one."""
    origins: frozenset[str] = frozenset()
    """Web pages that may use the service, "*" for all; those named by keys come on top."""
    origin_patterns: tuple[str, ...] = ()
    proxies: int = 0
    """That every request comes through, each of which adds its peer to X-Forwarded-For; 0: the peer is the client."""
    anonymous: bool = False
    """Whether pictures are made for those, too, who show no key though there are keys."""
    rate_anonymous: Rate | None = None
    """Of an address that shows no key; None: unlimited."""
    rate_keys: Rate | None = None
    """Of a key that has no rate of its own."""
    redis: str = field(default="", repr=False)
    """redis:// or rediss://, where several services count together, and remember signed requests; "": each by itself."""
    rate_without_redis: str = "open"
    """While it is away: "open", every process counts for itself, or "closed", nothing is taken."""
    audit: str = "log"
    """Where its entries go: "log", "stderr", a file, or "off"."""
    log_addresses: Addresses = "masked"
    revision: str = "unknown"
    log_level: str = "info"
    log_format: str = "console"

    def __post_init__(self) -> None:
        if self.inference_seconds > self.request_seconds:
            raise SettingsError(
                f"CUTOUT_INFERENCE_SECONDS ({self.inference_seconds:g}) must not exceed "
                f"CUTOUT_REQUEST_SECONDS ({self.request_seconds:g})"
            )
        if self.max_body_bytes > self.max_bodies_bytes:
            raise SettingsError(
                f"CUTOUT_MAX_BODY_BYTES ({self.max_body_bytes}) must not exceed "
                f"CUTOUT_MAX_BODIES_BYTES ({self.max_bodies_bytes})"
            )
        self._refuse_half_a_cdn()

    def _refuse_half_a_cdn(self) -> None:
        parts = {
            "CUTOUT_CDN_URL": self.cdn_url,
            "CUTOUT_CDN_KEY_NAME": self.cdn_key_name,
            "CUTOUT_CDN_KEY_FILE": self.cdn_key,
        }
        missing = [name for name, value in parts.items() if not value]
        if 0 < len(missing) < len(parts):
            raise SettingsError(f"{', '.join(parts)} go together; set {' and '.join(missing)}, too, or none of them")
        if not missing and not self.store.startswith("gs://"):
            raise SettingsError(f"CUTOUT_CDN_URL needs a bucket in CUTOUT_STORE, gs://bucket, not {self.store!r}")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings that `environ` asks for; an absent or empty variable keeps its default. Raises SettingsError."""
        named = [variable for variable in VARIABLES if environ.get(variable.name, "").strip()]
        _refuse_twins(named)
        given = {each.field: each.read(each.name, environ[each.name].strip()) for each in named}
        if "max_bodies_bytes" not in given and "max_body_bytes" in given:
            given["max_bodies_bytes"] = 16 * given["max_body_bytes"]
        if "permits" not in given and "threads" in given:
            given["permits"] = max(32, 8 * given["threads"])
        if "places" not in given and "permits" in given:
            given["places"] = given["permits"] // 4
        return cls(**given)


class Variable(NamedTuple):
    """One environment variable: the field it sets and how its text is read and judged."""

    name: str
    field: str
    read: Callable[[str, str], Any]


def _refuse_twins(named: list[Variable]) -> None:
    """Two variables may offer two ways to the same field; nobody can mean both."""
    first = {each.field: each.name for each in reversed(named)}
    for each in named:
        if each.name != first[each.field]:
            raise SettingsError(f"{first[each.field]} and {each.name} say the same: set one of them")


def _matching(pattern: str, allowed: str) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise SettingsError(f"{name} must be {allowed}, not {text!r}")
        return text

    return read


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", text) or not low <= int(text) <= high:
            raise SettingsError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return read


def _folder(name: str, text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise SettingsError(f"{name} must be a folder, and {text!r} is none")
    return path


def _seconds(name: str, text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text) or not 0 < float(text) <= MAX_SECONDS:
        raise SettingsError(f"{name} must be a number of seconds above 0 and up to {MAX_SECONDS}, not {text!r}")
    return float(text)


def _path(name: str, text: str) -> Path:
    return Path(text)


def _key(name: str, text: str) -> bytes:
    """The key that a file holds; no message shows any of it."""
    try:
        held = Path(text).read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"{name} must be a file, and {text!r} cannot be read: {error.strerror}") from error
    if not re.fullmatch(rb"[A-Za-z0-9_-]{22}(==)?", held):
        raise SettingsError(
            f"{name} must be a file that holds 16 bytes in base64url, 24 characters, which {text!r} is not"
        )
    return base64.urlsafe_b64decode(held[:22] + b"==")


def _rate(name: str, text: str) -> Rate:
    try:
        return rate.parse(text)
    except ValueError as error:
        raise SettingsError(f"{name} {error}") from error


def _redis(name: str, text: str) -> str:
    """No message shows any of it: it may hold a password."""
    if not _names_a_redis(text):
        raise SettingsError(
            f"{name} must be redis://USER:PASSWORD@HOST:PORT/NUMBER, of which HOST is enough, or rediss://"
        )
    return text


def _names_a_redis(text: str) -> bool:
    try:
        url = urlsplit(text)
        whole = bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    return (
        whole and url.scheme in ("redis", "rediss") and re.fullmatch(r"(/\d{0,4})?", url.path + url.query) is not None
    )


def _secret(pattern: str, allowed: str) -> Callable[[str, str], str]:
    """As `_matching`; no message shows any of it."""

    def read(name: str, text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise SettingsError(f"{name} must be {allowed}")
        return text

    return read


def _triton_key(name: str, text: str) -> str:
    """NAME=VALUE; a value alone goes under the embedded Triton's own name."""
    read = _secret(r"([a-z0-9-]{1,64}=[\x21-\x7e]{1,255}|[\x21-\x3c\x3e-\x7e]{1,255})", "a value, or name=value")
    key = read(name, text)
    return key if "=" in key else f"{TRITON_KEY_NAME}={key}"


def _triton_key_file(name: str, text: str) -> str:
    """As a platform mounts a secret: Triton's own container reads the same file."""
    try:
        held = Path(text).read_text(errors="replace").strip()
    except OSError as error:
        raise SettingsError(f"{name} must be a file, and {text!r} cannot be read: {error.strerror}") from error
    return _triton_key(name, held)


def _origins(name: str, text: str) -> frozenset[str]:
    return _possible(name, Origins, frozenset(each.strip() for each in text.split(",") if each.strip()))


def _patterns(name: str, text: str) -> tuple[str, ...]:
    return _possible(name, lambda patterns: Origins(patterns=patterns), tuple(text.split()))


def _possible(name: str, build: Callable[[T], Origins], value: T) -> T:
    try:
        build(value)
    except OriginsError as error:
        raise SettingsError(f"{name}: {error}") from error
    return value


def _switch(name: str, text: str) -> bool:
    return _one_of("on", "off")(name, text) == "on"


def _one_of(*allowed: str) -> Callable[[str, str], str]:
    return _matching("|".join(allowed), "one of " + ", ".join(allowed))


_name = _matching(r"[A-Za-z0-9_-]{1,64}", "1 to 64 letters, digits, _ or -")

VARIABLES = (
    Variable("CUTOUT_HOST", "host", _matching(r"[A-Za-z0-9.:-]{1,255}", "an address to listen on")),
    Variable("PORT", "port", _whole(0, 65535)),
    Variable("CUTOUT_TRITON", "triton", _matching(r"\S+:\d{1,5}", "host:port of Triton's gRPC")),
    Variable("CUTOUT_TRITON_KEY", "triton_key", _triton_key),
    Variable("CUTOUT_TRITON_KEY_FILE", "triton_key", _triton_key_file),
    Variable(
        "CUTOUT_TRITON_METRICS", "triton_metrics", _matching(r"https?://[\x21-\x7e]{1,2000}", "http:// or https://")
    ),
    Variable("CUTOUT_REPOSITORY", "repository", _folder),
    Variable("CUTOUT_MODEL", "model", _name),
    Variable("CUTOUT_MAX_BODY_BYTES", "max_body_bytes", _whole(1, 1_000_000_000)),
    Variable("CUTOUT_MAX_BODIES_BYTES", "max_bodies_bytes", _whole(1, 1_000_000_000_000)),
    Variable("CUTOUT_BODY_SECONDS", "body_seconds", _seconds),
    Variable("CUTOUT_CONNECTIONS", "connections", _whole(1, 65536)),
    Variable("CUTOUT_MAX_PIXELS", "max_pixels", _whole(1, 500_000_000)),
    Variable("CUTOUT_THREADS", "threads", _whole(1, 256)),
    Variable("CUTOUT_PERMITS", "permits", _whole(1, 4096)),
    Variable("CUTOUT_PLACES", "places", _whole(0, 65536)),
    Variable("CUTOUT_WAIT_SECONDS", "wait_seconds", _seconds),
    Variable("CUTOUT_INFERENCE_SECONDS", "inference_seconds", _seconds),
    Variable("CUTOUT_REQUEST_SECONDS", "request_seconds", _seconds),
    Variable("CUTOUT_START_SECONDS", "start_seconds", _seconds),
    Variable("CUTOUT_LOAD_SECONDS", "load_seconds", _seconds),
    Variable("CUTOUT_PLAN_SECONDS", "plan_seconds", _seconds),
    Variable("CUTOUT_STORE", "store", _matching(r"\S.{0,4000}", "a folder, gs://bucket, or off")),
    Variable("CUTOUT_STORE_BYTES", "store_bytes", _whole(1_000_000, 1_000_000_000_000_000)),
    Variable("CUTOUT_CACHE_SECONDS", "cache_seconds", _whole(1, 31_536_000)),
    Variable(
        "CUTOUT_CDN_URL", "cdn_url", _matching(r"https://[a-z0-9.-]{1,253}", "https:// and a host, nothing after it")
    ),
    Variable(
        "CUTOUT_CDN_KEY_NAME", "cdn_key_name", _matching(r"[A-Za-z0-9_-]{1,63}", "1 to 63 letters, digits, _ or -")
    ),
    Variable("CUTOUT_CDN_KEY_FILE", "cdn_key", _key),
    Variable("CUTOUT_URL_SOURCES", "url_sources", _switch),
    Variable("CUTOUT_URL_SECONDS", "url_seconds", _seconds),
    Variable("CUTOUT_KEYS", "keys", _path),
    Variable(
        "CUTOUT_API_KEY",
        "api_key",
        _secret(r"[\x21-\x7e]{1,255}", "a key: up to 255 printable characters without blanks"),
    ),
    Variable("CUTOUT_ORIGINS", "origins", _origins),
    Variable("CUTOUT_ORIGIN_PATTERNS", "origin_patterns", _patterns),
    Variable("CUTOUT_PROXIES", "proxies", _whole(0, 16)),
    Variable("CUTOUT_ANONYMOUS", "anonymous", _switch),
    Variable("CUTOUT_RATE_ANONYMOUS", "rate_anonymous", _rate),
    Variable("CUTOUT_RATE_KEYS", "rate_keys", _rate),
    Variable("CUTOUT_REDIS", "redis", _redis),
    Variable("CUTOUT_RATE_WITHOUT_REDIS", "rate_without_redis", _one_of("open", "closed")),
    Variable(
        "CUTOUT_AUDIT",
        "audit",
        _matching(r"log|stderr|off|\S*/.{1,4000}", "log, stderr, off, or a path with a / in it"),
    ),
    Variable("CUTOUT_LOG_ADDRESSES", "log_addresses", _one_of("full", "masked", "none")),
    Variable("CUTOUT_REVISION", "revision", _matching(r"[\x21-\x7e]{1,64}", "1 to 64 printable characters")),
    Variable("CUTOUT_LOG_LEVEL", "log_level", _one_of("debug", "info", "warning", "error")),
    Variable("CUTOUT_LOG_FORMAT", "log_format", _one_of("console", "json")),
)
