"""A photo as a service draws it: in each effect that it offers, and in each preset of those."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, TypeVar

import httpx
import msgspec
from msgspec import Meta, Struct

from gateway.commands.asking import ask
from gateway.commands.failure import Failure
from gateway.errors import GatewayError
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import read_header
from gateway.pictures.picture import Pixels
from gateway.pictures.sheet import Cell

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
T = TypeVar("T")


class Preset(Struct):
    """The parameter of that name, in the words of JSON Schema; empty where an effect has none."""

    enum: tuple[Name, ...] = ()
    default: Name | None = None


class Parameters(Struct):
    """Of an effect's, the one whose every value looks different."""

    preset: Preset = msgspec.field(default_factory=Preset)


class Effect(Struct):
    """What a service says of an effect, as far as it matters here."""

    name: Name
    parameters: Parameters


class Offer(Struct):
    """The answer of GET /api/v2/effects."""

    effects: tuple[Effect, ...]


class Drawn(Struct):
    """The answer of POST /api/v2/process-with-effects: files by the effects' names."""

    effects: dict[Name, bytes]  # msgspec reads base64


async def drawings(client: httpx.AsyncClient, photo: bytes, side: int, model: Mapping[str, str]) -> AsyncIterator[Cell]:
    """The effects in the service's order, each as it is by default and then in its other presets.

    They are drawn with a longer side of `side` pixels, or of the photo's where it has fewer: dots and blocks are as large as
    they are meant to be. One request is made for all defaults, one more for each other preset. Raises Failure.
    """
    parameters = {"return_all_effects": "true", "output_format": "png", "max_side": str(side), **model}
    offer = _understood(await ask(client, "/api/v2/effects", {}), Offer)
    presets = {each.name: each.parameters.preset for each in offer.effects}
    for name, pixels in (await _drawn(client, photo, parameters)).items():
        preset = presets.get(name, Preset())
        yield Cell(f"{name} {preset.default}" if preset.default else name, pixels)
        for other in (each for each in preset.enum if each != preset.default):
            chosen = {"effects": name, "effect_params": _json({name: {"preset": other}})}
            for again in (await _drawn(client, photo, parameters | chosen)).values():
                yield Cell(f"{name} {other}", again)


async def _drawn(client: httpx.AsyncClient, photo: bytes, parameters: Mapping[str, str]) -> dict[str, Pixels]:
    answer = await ask(client, "/api/v2/process-with-effects", parameters, {"file": photo})
    largest = int(parameters["max_side"]) ** 2
    return {name: _pixels(name, data, largest) for name, data in _understood(answer, Drawn).effects.items()}


def _pixels(name: str, data: bytes, largest: int) -> Pixels:
    try:
        return decode(data, read_header(data, largest)).pixels
    except GatewayError as error:
        raise Failure(f"{name}, as the service drew it: {error.detail}") from error


def _understood(answer: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Failure("the answer is not understood: it comes from another service, or from another version") from error


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()
