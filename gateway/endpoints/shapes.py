"""What JSON answers hold, for /openapi.json; schemathesis holds the answers to it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gateway.customers.tiers import Tier
from gateway.endpoints.parameters import Encoding
from gateway.pictures.headshot import Level
from gateway.rollout.plan import Plan
from gateway.telemetry.slowest import SlowRequest, Stages

Seconds = Annotated[float, Meta(ge=0, description="seconds")]
Pixels = Annotated[int, Meta(ge=0, description="pixels")]
Picture = Annotated[str, Meta(description="a file in base64, or a data URL: see encoding")]


class Shape(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An object with exactly these members."""


class Box(Shape):
    """The subject in the picture that is returned; all 0 where there is none."""

    top: Pixels
    left: Pixels
    width: Pixels
    height: Pixels


class CutOut(Shape, kw_only=True):
    """Of POST /api/v2/process."""

    image: Picture
    encoding: Encoding
    width: Pixels
    height: Pixels
    effect: str
    model: Annotated[str, Meta(description="name/version")]
    confidence: Annotated[float, Meta(ge=0, le=1, description="near 0 where the picture shows no subject")]
    subject_found: Annotated[bool, Meta(description="whether the confidence reaches what the model asks for")]
    foreground: Box
    crop_confidence: (
        Annotated[float, Meta(ge=0, le=1, description="how good the crop is, where there was one")] | msgspec.UnsetType
    ) = msgspec.UNSET
    crop_confidence_level: Level | msgspec.UnsetType = msgspec.UNSET
    timing: Stages
    cache: Literal["hit", "miss", "coalesced"]
    session_id: str
    notice: Annotated[str, Meta(description="of a demonstration model")] | msgspec.UnsetType = msgspec.UNSET


class ProcessingTime(Shape):
    """Of the stages that Server-Timing and `timing` name."""

    total: Seconds
    background_removal: Annotated[float, Meta(ge=0, description="seconds of all stages but compose, effect and encode")]
    effects_processing: Annotated[float, Meta(ge=0, description="seconds of compose, effect and encode")]


class CacheInfo(Shape):
    background_removal_hit: bool
    effect_cache_hits: dict[str, bool]
    total_cache_hits: int
    total_operations: int


class WithEffects(Shape):
    """Of POST /api/v2/process-with-effects."""

    success: bool
    effects: dict[str, Picture]
    processing_time: ProcessingTime
    timing: Stages
    cache_info: CacheInfo
    session_id: str
    total_effects: int
    failed_effects: None
    progressive_mode: bool
    notice: Annotated[str, Meta(description="of a demonstration model")] | msgspec.UnsetType = msgspec.UNSET


class StoredImage(Shape):
    """Of POST /store-image."""

    success: bool
    url: str
    session_id: str
    image_type: str
    tier: Tier
    filename: str


class Uploaded(Shape):
    """Of POST /api/storage/upload."""

    urls: dict[str, str]
    session_id: str


class SessionImage(Shape, kw_only=True):
    url: str
    image_type: str
    filename: str
    media_type: str
    size: int
    created: str
    expires: str
    pet_name: str | msgspec.UnsetType = msgspec.UNSET
    pet_id: str | msgspec.UnsetType = msgspec.UNSET
    effect_applied: str | msgspec.UnsetType = msgspec.UNSET


class SessionImages(Shape, kw_only=True):
    """Of the routes of one session; `success` of those that change it."""

    success: bool | msgspec.UnsetType = msgspec.UNSET
    session_id: str
    tier: Tier
    metadata: dict[str, str]
    images: list[SessionImage]
    total: int


class Amount(Shape):
    pictures: int
    bytes: int


class CacheCounts(Shape):
    """Requests of this instance since it started, and the part of them for which nothing was computed."""

    hit: int
    miss: int
    coalesced: int
    faults: int
    hit_ratio: float | None


class Stats(Shape):
    """Of GET /storage/stats; near the truth, see docs/store.md."""

    tiers: dict[str, Amount]
    total: Amount
    cache: CacheCounts | None


class Cleanup(Shape):
    """Of POST /storage/cleanup."""

    dry_run: bool
    sessions: int
    unreadable: int
    pictures: int
    bytes: int
    orphans: int
    orphan_bytes: int


class Finding(Shape):
    """One limit of the guard."""

    name: str
    found: float | None
    limit: float
    sample: int
    needed: int
    broken: bool


class Instance(Shape):
    """One instance of the service, as it told last."""

    instance: str
    at: datetime
    loaded: list[int]
    failed: Annotated[dict[int, str], Meta(description="versions that it cannot load, with the reason")]


class RolloutStatus(Shape):
    """Of GET /admin/rollout and of every change."""

    model: str
    generation: Annotated[int, Meta(description="of the plan; 0 where there is none")]
    plan: Plan | None
    action: Annotated[str | None, Meta(description="what the guard does next; null while nothing is rolled out")]
    why: str | None
    findings: list[Finding]
    instances: list[Instance]


class Slow(Shape):
    """Of GET /debug/slow: of this instance, the slowest first."""

    minutes: Annotated[int, Meta(description="how long ago they may have ended")]
    requests: list[SlowRequest]


class Offer(Shape):
    """Of POST /api/v1/upload/signed-url: PUT the picture to signed_url, with content_type."""

    signed_url: str
    public_url: Annotated[str, Meta(description="the picture, once it is confirmed")]
    upload_id: str
    blob_path: str
    content_type: str
    expires_in: Annotated[int, Meta(description="seconds")]


class Confirmed(Shape):
    """Of POST /api/v1/upload/confirm."""

    success: bool
    upload_id: str
    public_url: str
    content_type: str
    size: int
    sha256: str


class EffectCard(Shape):
    name: str
    description: str
    aliases: list[str]
    parameters: Annotated[dict[str, Any], Meta(description="by name, in the words of JSON Schema")]
    sample: Annotated[str, Meta(description="the address of a picture in this effect")]


class Effects(Shape):
    effects: list[EffectCard]
    total: int


class Warm(Shape):
    status: Literal["ready"]
    total_time: Seconds
    model: str
    model_version: str


class Live(Shape):
    status: Literal["live"]


class Ready(Shape):
    status: Literal["ready"]
    model: str
    model_version: str


class Health(Shape):
    status: Literal["ready", "starting"]
    model: str
    model_version: str | None


class Version(Shape):
    version: str
    revision: str
    model: str
    model_version: str | None
    demo: bool


class ModelInfo(Shape):
    model: str
    architecture: str
    variant: str | None
    size: Pixels
    precision: str | None
    device: Literal["cpu", "gpu"]
    versions: list[str]
    digest: Annotated[str | None, Meta(description="SHA-256 of the checkpoint")]
    demo: bool


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. `code` is for programs, `detail` for people."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    limit: int | msgspec.UnsetType = msgspec.UNSET
    actual: int | msgspec.UnsetType = msgspec.UNSET
    allowed: list[str] | msgspec.UnsetType = msgspec.UNSET
