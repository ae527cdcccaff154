"""effect_params behind a line that names an effect, or several with commas between."""

import json

import msgspec

from gateway.effects import EFFECTS, Drawing
from gateway.endpoints import drawings
from gateway.endpoints.parameters import EffectsParameters, ProcessParameters
from gateway.errors import ConflictingParameter, InvalidParameter, UnknownEffect, UnknownParameter
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    name, _, text = data.decode("utf-8", "replace").partition("\n")
    found = _drawn(name, text)
    assert len({each.effect.name for each in found}) == len(found) <= len(EFFECTS)
    for each in found:
        assert msgspec.convert(msgspec.to_builtins(each.values), type(each.values)) == each.values
    assert _drawn(name, json.loads(text)) == found  # an object in JSON is as good as its text


def _drawn(names: str, given: str | dict[str, object]) -> tuple[Drawing, ...]:
    if "," in names:
        return drawings.several(EffectsParameters(effects=names, effect_params=given))
    return (drawings.single(ProcessParameters(effect=names, effect_params=given)),)


TARGET = Target(
    "effect_params",
    run,
    (ConflictingParameter, InvalidParameter, UnknownEffect, UnknownParameter),
    (
        *(name.encode() for name in EFFECTS),
        *(f'"{name}":'.encode() for each in EFFECTS.values() for name in each.parameters.__struct_fields__),
        *(
            b"{",
            b"}",
            b",",
            b'"',
            b"null",
            b"true",
            b"1e400",
            b"NaN",
            b'"nan"',
            b'"1"',
            b"-0.0",
            b"[" * 20,
            b'{"":' * 20,
        ),
    ),
)
