"""Parameters: tables that read, judge and describe them, wherever they come from."""

import re
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeVar, get_args

import msgspec
from msgspec import Meta

from gateway.customers.tiers import Tier
from gateway.effects import NAMED
from gateway.endpoints.sources import Given
from gateway.errors import ConflictingParameter, InvalidParameter, UnknownParameter
from gateway.pictures.compose import Channels, Crop
from gateway.pictures.encoding.table import OutputFormat

Encoding = Literal["base64", "data_url", "url"]
OptionalCrop = Literal["none", "subject"]

MAX_LISTED: Final = 1000
"""Characters of a list of effects."""

_NAMES: Final = {"enum": list(NAMED)}
_WORD: Final = r"^[A-Za-z0-9_-]{1,200}\Z"
UPLOAD_ID: Final = r"^[0-9a-f]{32}\Z"
SESSION_ID: Final = re.compile(_WORD)
_SESSION: Final = Meta(pattern=_WORD, description="1 to 200 of A-Z a-z 0-9 _ -; made by the service if absent")
_NOTE: Final = Meta(description="text of up to 500 characters, kept beside the picture")

EffectName = Annotated[
    str, Meta(description="the name of one effect; color leaves the subject as it is", extra_json_schema=_NAMES)
]
FileName = Annotated[
    str,
    Meta(min_length=1, max_length=100, description="for a browser that is to keep the picture as a file of that name"),
]
EffectValues = Annotated[str | dict[str, Any], Meta(description="a JSON object; the effect's parameters by name")]

P = TypeVar("P", bound=msgspec.Struct)


class Framing(NamedTuple):
    """What is kept, and how much around the subject, as people write it."""

    crop: Crop
    margin: str | None


class PictureParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of every route that makes pictures. One field, one parameter: name, type, range, default and description."""

    output_format: (
        Annotated[
            OutputFormat,
            Meta(
                description="png by default, webp with encoding=data_url and url; for plain bytes, what Accept prefers"
            ),
        ]
        | None
    ) = None
    quality: Annotated[int, Meta(ge=1, le=100, description="of colours where the format is lossy; png has none")] = 90
    bg_color: (
        Annotated[
            str,
            Meta(
                pattern=r"^(#?[0-9A-Fa-f]{3,4}|#?[0-9A-Fa-f]{6}|#?[0-9A-Fa-f]{8}|[A-Za-z]{3,30})\Z",
                description="3, 4, 6 or 8 hexadecimal digits or a CSS colour's name; laid behind the subject",
            ),
        ]
        | None
    ) = None
    max_side: Annotated[int, Meta(ge=1, le=65535, description="the longer side is shrunk to it, in pixels")] | None = (
        None
    )
    channels: Annotated[Channels, Meta(description="alpha is the mask alone, in grey")] = "rgba"
    decontaminate: Annotated[
        bool, Meta(description="true or false; whether the old background's colour is taken out of soft edges")
    ] = True
    encoding: Annotated[
        Encoding,
        Meta(description="of pictures in a JSON answer; url needs a store"),
    ] = "base64"
    model: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Za-z0-9_-]{1,64}\Z",
                description="1 to 64 of A-Z a-z 0-9 _ -; the service's own by default",
            ),
        ]
        | None
    ) = None
    model_version: Annotated[int, Meta(ge=1, le=2**31 - 1, description="the service's choice by default")] | None = None
    use_cache: Annotated[bool, Meta(description="true or false; whether an earlier result may be the answer")] = True
    session_id: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Za-z0-9_-]{1,200}\Z",
                description="1 to 200 of A-Z a-z 0-9 _ -; made by the service if absent; progress is told under it",
            ),
        ]
        | None
    ) = None

    @property
    def output(self) -> OutputFormat:
        """The output format, by the encoding where none was asked for."""
        return self.output_format or ("png" if self.encoding == "base64" else "webp")

    @property
    def framing(self) -> Framing:
        """What of the picture is kept."""
        return Framing("none", None)


class CropParameters(PictureParameters, frozen=True, kw_only=True):
    """Of routes that crop where they are asked to."""

    crop: Annotated[OptionalCrop, Meta(description="subject cuts to the subject's box")] = "none"
    crop_margin: (
        Annotated[
            str,
            Meta(
                pattern=r"^ *[0-9]{1,3}([.][0-9]{1,3})?(px|%)?( +[0-9]{1,3}([.][0-9]{1,3})?(px|%)?){0,3} *\Z",
                description="1, 2 or 4 lengths as in CSS, in px up to 500 or % of the subject up to 50; around what is cropped",
            ),
        ]
        | None
    ) = None

    @property
    def framing(self) -> Framing:
        return Framing(self.crop, self.crop_margin)


class ProcessParameters(CropParameters, frozen=True, kw_only=True):
    """Of POST /api/v2/process."""

    effect: EffectName = "color"
    effect_params: EffectValues | None = None
    download: FileName | None = None


class HeadshotParameters(PictureParameters, frozen=True, kw_only=True):
    """Of POST /api/v2/headshot."""

    effect: EffectName = "color"
    effect_params: EffectValues | None = None
    download: FileName | None = None

    @property
    def framing(self) -> Framing:
        return Framing("head", None)


class StoreParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of POST /store-image."""

    session_id: Annotated[str, _SESSION] | None = None
    image_type: Annotated[
        str, Meta(pattern=_WORD, description="1 to 200 of A-Z a-z 0-9 _ -; what it is to the shop")
    ] = "original"
    tier: Annotated[Tier, Meta(description="of a new session; temporary by default")] | None = None
    pet_name: Annotated[str, _NOTE] | None = None
    pet_id: Annotated[str, _NOTE] | None = None
    effect_applied: Annotated[str, _NOTE] | None = None


class CompleteParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of POST /session/{session_id}/complete-order: none."""


class MoveParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of POST /session/{session_id}/move-tier."""

    tier: Annotated[Tier, Meta(description="how long the pictures are kept: 7, 30, 180 or 730 days")] | None = None


class OfferParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of POST /api/v1/upload/signed-url."""

    content_type: Annotated[
        str,
        Meta(
            pattern=r"^image/(?!svg)[a-z0-9.+-]{1,60}\Z",
            description="image/ and a kind other than svg, as it will be sent",
        ),
    ] = "image/jpeg"
    size: Annotated[int, Meta(ge=1, le=2**31 - 1, description="bytes that will be sent; has to be named")] | None = None


class ConfirmParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of POST /api/v1/upload/confirm."""

    upload_id: Annotated[str, Meta(pattern=UPLOAD_ID, description="32 of 0-9 a-f; has to be named")] | None = None
    sha256: Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{64}\Z", description="64 hexadecimal digits")] | None = None


class CleanupParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of POST /storage/cleanup."""

    dry_run: Annotated[bool, Meta(description="true or false; whether things are only counted")] = True


OneEffect = ProcessParameters | HeadshotParameters
"""Those of routes that draw one effect."""


class EffectsParameters(CropParameters, frozen=True, kw_only=True):
    """Of POST /api/v2/process-with-effects."""

    effects: (
        Annotated[str | list[str], Meta(description="names of effects, separated by commas; in JSON a list, too")]
        | None
    ) = None
    effect: Annotated[
        str, Meta(description="the one effect, where neither effects nor return_all_effects is given")
    ] = "enhancedblackwhite"
    return_all_effects: Annotated[
        bool, Meta(description="true or false; all effects, or all of those in the list effects")
    ] = False
    load_single_effect: Annotated[bool, Meta(description="true or false; effect alone, whatever else is given")] = False
    effect_params: (
        Annotated[
            str | dict[str, Any], Meta(description="a JSON object; by an effect's name, its parameters by theirs")
        ]
        | None
    ) = None


def parse(kind: type[P], given: Given) -> P:
    """The parameters of `kind` in `given`.

    Raises UnknownParameter, ConflictingParameter (a name given twice with different values), InvalidParameter.
    """
    types = {each.name: each.type for each in msgspec.structs.fields(kind)}
    read: dict[str, Any] = {}
    for name, text in given:
        if name not in types:
            raise UnknownParameter(f"There is no parameter {name[:64]!r} here.", allowed=tuple(types))
        value = _value(name, types[name], text)
        if read.setdefault(name, value) != value:
            raise ConflictingParameter(f"{name} is given twice with different values.")
    for each in msgspec.structs.fields(kind):
        if each.required and each.name not in read:
            raise _refusal(each.name, each.type)
    return kind(**read)


def _value(name: str, kind: Any, given: Any) -> Any:
    if given is None:  # JSON's null is the value of none of them
        raise _refusal(name, kind)
    try:
        return msgspec.convert(given, _without_none(kind), strict=False)
    except msgspec.ValidationError as exc:
        raise _refusal(name, kind) from exc


def _without_none(kind: Any) -> Any:
    """`kind` without None, which a text "null" would become."""
    return next(iter(get_args(kind)), kind) if type(None) in get_args(kind) else kind


def _refusal(name: str, kind: Any) -> InvalidParameter:
    return InvalidParameter(f"{name} must be {_allowed(kind)}.", allowed=_values(kind))


def _values(kind: Any) -> tuple[str, ...]:
    """The literals that a type consists of, none where it is not made of literals."""
    if isinstance(kind, type):
        return ()
    inner = get_args(kind)
    return tuple(each for each in inner if isinstance(each, str)) or tuple(v for each in inner for v in _values(each))


def _allowed(kind: Any) -> str:
    if values := _values(kind):
        return f"one of {', '.join(values)}"
    meta = _meta(kind)
    if meta.ge is not None:
        return (
            f"a number from {meta.ge} to {meta.le}" if _is_real(kind) else f"a whole number from {meta.ge} to {meta.le}"
        )
    return str(meta.description).partition(";")[0]


def _is_real(kind: Any) -> bool:
    return kind is float or any(_is_real(each) for each in get_args(kind))


def _meta(kind: Any) -> Meta:
    annotated = (part for part in (kind, *get_args(kind)) if hasattr(part, "__metadata__"))
    meta: Meta = next(annotated).__metadata__[0]
    return meta
