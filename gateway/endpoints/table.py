"""Every way to use the service, in one list: it routes requests, guards them and is what /openapi.json describes."""

from typing import Final

from gateway.endpoints import shapes
from gateway.endpoints.docs import docs
from gateway.endpoints.effects import SAMPLE, effect, effects, sample_of
from gateway.endpoints.files import ADDRESS, file
from gateway.endpoints.health import health, live, ready
from gateway.endpoints.model_info import model_info
from gateway.endpoints.openapi import openapi
from gateway.endpoints.operation import Operation
from gateway.endpoints.parameters import (
    CleanupParameters,
    EffectsParameters,
    HeadshotParameters,
    MoveParameters,
    ProcessParameters,
    StoreParameters,
)
from gateway.endpoints.process import headshot, process
from gateway.endpoints.progress import progress
from gateway.endpoints.robots import robots
from gateway.endpoints.sessions import complete_order, move_tier, session_images
from gateway.endpoints.storage import cleanup, stats
from gateway.endpoints.storing import store_image, upload
from gateway.endpoints.version import version
from gateway.endpoints.warmup import warmup
from gateway.endpoints.with_effects import process_with_effects
from gateway.pictures.encoding.table import MEDIA_TYPES

JSON: Final = "application/json"
PICTURES: Final = dict.fromkeys(MEDIA_TYPES.values(), "The cut-out.")
PICTURE_REFUSALS: Final = (
    "request_timeout",
    "empty_body",
    "malformed_multipart",
    "malformed_json",
    "malformed_data_url",
    "malformed_base64",
    "conflicting_parameter",
    "missing_image",
    "truncated_image",
    "body_too_large",
    "too_many_pixels",
    "too_many_images",
    "unsupported_image",
    "unsupported_media_type",
    "unknown_parameter",
    "invalid_parameter",
    "unknown_effect",
    "unknown_model",
    "unknown_version",
    "url_not_allowed",
    "url_unreachable",
    "starting",
    "overloaded",
    "model_unavailable",
    "store_unavailable",
    "inference_timeout",
    "deadline_exceeded",
)

STORE_REFUSALS: Final = tuple(
    code
    for code in PICTURE_REFUSALS
    if code
    not in {"unknown_effect", "unknown_model", "unknown_version", "starting", "model_unavailable", "inference_timeout"}
)
FIELD_REFUSALS: Final = (
    "request_timeout",
    "malformed_multipart",
    "malformed_json",
    "conflicting_parameter",
    "body_too_large",
    "unsupported_media_type",
    "unknown_parameter",
    "invalid_parameter",
)
SESSION_REFUSALS: Final = (*FIELD_REFUSALS, "not_found", "conflict", "store_unavailable")

OPERATIONS: Final = (
    Operation(
        "POST",
        "/api/v2/process",
        process,
        scope="process",
        summary="Cut out one picture.",
        answers={**PICTURES, JSON: "The cut-out as text, with what is known of it; where Accept names JSON."},
        parameters=ProcessParameters,
        picture=True,
        refusals=PICTURE_REFUSALS,
        shape=shapes.CutOut,
    ),
    Operation(
        "POST",
        "/api/v2/process-with-effects",
        process_with_effects,
        scope="process",
        summary="Cut out one picture and draw several effects of it, from one inference.",
        answers={JSON: "Every effect asked for."},
        parameters=EffectsParameters,
        picture=True,
        refusals=PICTURE_REFUSALS,
        shape=shapes.WithEffects,
    ),
    Operation(
        "POST",
        "/api/v2/headshot",
        headshot,
        scope="process",
        summary="Cut out one picture, and crop it 4:5 around the head.",
        answers={**PICTURES, JSON: "The cut-out as text, with what is known of it; where Accept names JSON."},
        parameters=HeadshotParameters,
        picture=True,
        refusals=(*PICTURE_REFUSALS, "no_subject"),
        shape=shapes.CutOut,
    ),
    Operation(
        "GET",
        "/api/v2/effects",
        effects,
        scope="process",
        summary="The effects that can be asked for.",
        answers={JSON: "Each with its description and parameters."},
        shape=shapes.Effects,
        unchanging=True,
    ),
    Operation(
        "GET",
        "/api/v2/effects/{name}",
        effect,
        scope="process",
        summary="One effect.",
        answers={JSON: "Its description and parameters."},
        refusals=("unknown_effect",),
        shape=shapes.EffectCard,
        unchanging=True,
    ),
    Operation(
        "GET",
        SAMPLE,
        sample_of,
        scope=None,
        summary="What one effect looks like.",
        answers={"image/webp": "A photograph of ours, cut out and drawn."},
        refusals=("unknown_effect",),
        unchanging=True,
    ),
    Operation(
        "GET",
        "/api/v2/effect/{name}",
        effect,
        scope="process",
        summary="One effect, at its older path.",
        answers={JSON: "Its description and parameters."},
        refusals=("unknown_effect",),
        shape=shapes.EffectCard,
        unchanging=True,
    ),
    Operation(
        "POST",
        "/store-image",
        store_image,
        scope="store",
        summary="Keep a customer's picture in a session.",
        answers={JSON: "Where it is, and for how long."},
        parameters=StoreParameters,
        picture=True,
        refusals=(*STORE_REFUSALS, "conflict"),
        shape=shapes.StoredImage,
    ),
    Operation(
        "POST",
        "/api/storage/upload",
        upload,
        scope="store",
        summary="Keep a session's original and processed picture, sent as data URLs in JSON.",
        answers={JSON: "Their addresses."},
        refusals=(*STORE_REFUSALS, "conflict"),
        shape=shapes.Uploaded,
    ),
    Operation(
        "GET",
        "/session/{session_id}/images",
        session_images,
        scope="store",
        summary="The pictures of a session of one's own.",
        answers={JSON: "Each with an address."},
        refusals=("not_found", "invalid_parameter", "store_unavailable"),
        shape=shapes.SessionImages,
    ),
    Operation(
        "POST",
        "/session/{session_id}/complete-order",
        complete_order,
        scope="store",
        summary="Keep a session's pictures for half a year: its order is complete.",
        answers={JSON: "The session as it is then."},
        refusals=SESSION_REFUSALS,
        shape=shapes.SessionImages,
    ),
    Operation(
        "POST",
        "/session/{session_id}/move-tier",
        move_tier,
        scope="store",
        summary="Keep a session's pictures for longer or shorter.",
        answers={JSON: "The session as it is then."},
        parameters=MoveParameters,
        refusals=SESSION_REFUSALS,
        shape=shapes.SessionImages,
    ),
    Operation(
        "GET",
        "/storage/stats",
        stats,
        scope="admin",
        summary="How much is kept, by tier.",
        answers={JSON: "Pictures and bytes."},
        refusals=("store_unavailable",),
        shape=shapes.Stats,
    ),
    Operation(
        "POST",
        "/storage/cleanup",
        cleanup,
        scope="admin",
        summary="Delete pictures that no session names, or count them.",
        answers={JSON: "What there was."},
        parameters=CleanupParameters,
        refusals=(*FIELD_REFUSALS, "store_unavailable"),
        shape=shapes.Cleanup,
    ),
    Operation(
        "GET",
        ADDRESS,
        file,
        scope=None,
        summary="What an address that the service gave leads to.",
        answers=PICTURES,
        refusals=("signature_invalid", "not_found", "expired", "range_not_satisfiable", "store_unavailable"),
        unchanging=True,
        partial=True,
    ),
    Operation(
        "GET",
        "/api/v2/progress/{session_id}",
        progress,
        scope="process",
        summary="Follow a session's pictures.",
        answers={
            "text/event-stream": "queued, cold_start, inference, effect, complete or error, as server-sent events."
        },
        refusals=("invalid_parameter", "overloaded"),
    ),
    Operation(
        "POST",
        "/warmup",
        warmup,
        scope="process",
        summary="Cut out a small picture, so that the next one finds nothing cold.",
        answers={JSON: "The model is warm."},
        refusals=("starting", "overloaded", "model_unavailable", "inference_timeout", "deadline_exceeded"),
        shape=shapes.Warm,
    ),
    Operation(
        "GET",
        "/health",
        health,
        scope=None,
        summary="How the service is, for people; it warms nothing.",
        answers={JSON: "The status, ready or starting."},
        shape=shapes.Health,
    ),
    Operation(
        "GET",
        "/health/live",
        live,
        scope=None,
        summary="Whether the process answers.",
        answers={JSON: "It does."},
        shape=shapes.Live,
    ),
    Operation(
        "GET",
        "/health/ready",
        ready,
        scope=None,
        summary="Whether pictures are cut out: only after one has been.",
        answers={JSON: "They are."},
        refusals=("starting",),
        shape=shapes.Ready,
    ),
    Operation(
        "GET",
        "/model-info",
        model_info,
        scope=None,
        summary="What the model is.",
        answers={JSON: "Its size, precision, device and versions."},
        refusals=("model_unavailable", "unknown_model"),
        shape=shapes.ModelInfo,
    ),
    Operation(
        "GET",
        "/version",
        version,
        scope=None,
        summary="Which build and which model run here.",
        answers={JSON: "Version, revision and model."},
        shape=shapes.Version,
    ),
    Operation(
        "GET",
        "/robots.txt",
        robots,
        scope=None,
        summary="Nothing here is for crawlers.",
        answers={"text/plain": "Everything is closed to them."},
        unchanging=True,
    ),
    Operation(
        "GET",
        "/openapi.json",
        openapi,
        scope=None,
        summary="This description.",
        answers={JSON: "OpenAPI 3.1."},
        unchanging=True,
    ),
    Operation(
        "GET",
        "/docs",
        docs,
        scope=None,
        summary="The manual, for people.",
        answers={"text/html": "A page."},
        unchanging=True,
    ),
)
