"""Parameters of a route, behind its name and a question mark: as a query, or as a JSON object."""

from urllib.parse import parse_qsl

import msgspec

from gateway.endpoints import drawings, json_object
from gateway.endpoints.parameters import (
    CleanupParameters,
    CompleteParameters,
    ConfirmParameters,
    EffectsParameters,
    HeadshotParameters,
    MoveParameters,
    OfferParameters,
    ProcessParameters,
    StoreParameters,
    parse,
)
from gateway.endpoints.rollout_parameters import ShadowParameters, StartParameters, WeightParameters
from gateway.endpoints.sources import Given
from gateway.errors import (
    BodyTooLarge,
    ConflictingParameter,
    InvalidParameter,
    MalformedJSON,
    UnknownEffect,
    UnknownParameter,
)
from tests.fuzz.target import Target

KINDS: dict[bytes, type[msgspec.Struct]] = {
    b"process": ProcessParameters,
    b"headshot": HeadshotParameters,
    b"effects": EffectsParameters,
    b"store": StoreParameters,
    b"complete": CompleteParameters,
    b"move": MoveParameters,
    b"offer": OfferParameters,
    b"confirm": ConfirmParameters,
    b"cleanup": CleanupParameters,
    b"start": StartParameters,
    b"weight": WeightParameters,
    b"shadow": ShadowParameters,
}


def run(data: bytes) -> None:
    route, _, written = data.partition(b"?")
    asked = parse(KINDS.get(route, ProcessParameters), _given(written))
    assert msgspec.convert(msgspec.to_builtins(asked), type(asked)) == asked  # it keeps its own ranges
    if isinstance(asked, StartParameters):
        assert 0 < max(asked.course.steps) <= 100
    if isinstance(asked, EffectsParameters):
        drawings.several(asked)


def _given(written: bytes) -> Given:
    if written.startswith(b"{"):
        return list(json_object.parse(written, ()).items())
    return list(parse_qsl(written.decode("utf-8", "replace"), keep_blank_values=True))


TARGET = Target(
    "parameters",
    run,
    (BodyTooLarge, ConflictingParameter, InvalidParameter, MalformedJSON, UnknownEffect, UnknownParameter),
    (
        *(name + b"?" for name in KINDS),
        *(f"&{name}=".encode() for kind in KINDS.values() for name in kind.__struct_fields__),
        *(b"nan", b"inf", b"-1", b"1e400", b"1_000", b"null", b"true", b"0x10", b"%00", b"+1", b"1.0"),
        *(b"webp", b"%23fff", b"subject", b"10px", b"50%25", b"popart,mosaic", b"all", b'":', b"{}", b"[]"),
    ),
)
