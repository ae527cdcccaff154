"""The parameters of cutting out: one table that reads, judges and describes them, wherever they come from."""

from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from msgspec import Meta

from gateway.endpoints.sources import Given
from gateway.errors import ConflictingParameter, InvalidParameter, UnknownEffect, UnknownParameter
from gateway.pictures.compose import Channels
from gateway.pictures.encoding.table import OutputFormat

Effect = Literal["color"]
Encoding = Literal["base64", "data_url"]
Crop = Literal["none", "subject"]


class ProcessParameters(msgspec.Struct, frozen=True, kw_only=True):
    """One field, one parameter: name, type, range, default and description."""

    effect: Annotated[Effect, Meta(description="what is done with the subject: color leaves it as it is")] = "color"
    output_format: Annotated[OutputFormat | None, Meta(description="png by default, webp with encoding=data_url")] = (
        None
    )
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
    crop: Annotated[Crop, Meta(description="subject cuts to the subject's box")] = "none"
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
    max_side: Annotated[int, Meta(ge=1, le=65535, description="the longer side is shrunk to it, in pixels")] | None = (
        None
    )
    channels: Annotated[Channels, Meta(description="alpha is the mask alone, in grey")] = "rgba"
    decontaminate: Annotated[
        bool, Meta(description="true or false; whether the old background's colour is taken out of soft edges")
    ] = True
    encoding: Annotated[Encoding, Meta(description="of the picture in a JSON answer")] = "base64"
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
    session_id: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Za-z0-9_-]{1,200}\Z",
                description="1 to 200 of A-Z a-z 0-9 _ -; made by the service if absent",
            ),
        ]
        | None
    ) = None

    @property
    def output(self) -> OutputFormat:
        """The output format, by the encoding where none was asked for."""
        return self.output_format or ("webp" if self.encoding == "data_url" else "png")


_TYPES: Final = {each.name: each.type for each in msgspec.structs.fields(ProcessParameters)}
NAMES: Final = tuple(_TYPES)


def parse(given: Given) -> ProcessParameters:
    """The parameters in `given`.

    Raises UnknownParameter, ConflictingParameter (a name given twice with different values), InvalidParameter,
    UnknownEffect.
    """
    read: dict[str, Any] = {}
    for name, text in given:
        value = _value(name, text)
        if read.setdefault(name, value) != value:
            raise ConflictingParameter(f"{name} is given twice with different values.")
    return ProcessParameters(**read)


def _value(name: str, given: Any) -> Any:
    if name not in _TYPES:
        raise UnknownParameter(f"There is no parameter {name[:64]!r}.", allowed=NAMES)
    if given is None:  # JSON's null is the value of none of them
        raise _refusal(name)
    try:
        return msgspec.convert(given, _without_none(_TYPES[name]), strict=False)
    except msgspec.ValidationError as exc:
        raise _refusal(name) from exc


def _without_none(kind: Any) -> Any:
    """`kind` without None, which a text "null" would become."""
    return next(iter(get_args(kind)), kind) if type(None) in get_args(kind) else kind


def _refusal(name: str) -> InvalidParameter | UnknownEffect:
    values = _values(_TYPES[name])
    if name == "effect":
        return UnknownEffect(f"effect must be one of {', '.join(values)}.", allowed=values)
    return InvalidParameter(f"{name} must be {_allowed(_TYPES[name])}.", allowed=values)


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
        return f"a whole number from {meta.ge} to {meta.le}"
    return str(meta.description).partition(";")[0]


def _meta(kind: Any) -> Meta:
    annotated = (part for part in (kind, *get_args(kind)) if hasattr(part, "__metadata__"))
    meta: Meta = next(annotated).__metadata__[0]
    return meta
