"""From parameters to effects with their values."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.effects import EFFECTS, NAMED, Drawing, Effect
from gateway.endpoints.json_object import without_twins
from gateway.endpoints.parameters import MAX_LISTED, EffectsParameters, OneEffect, parse
from gateway.errors import ConflictingParameter, InvalidParameter, UnknownEffect, about

Objects = Mapping[str, Any]


def named(name: str) -> Effect:
    """The effect of that name or alias. Raises UnknownEffect."""
    if name not in NAMED:
        raise UnknownEffect(f"effect must be one of {', '.join(EFFECTS)}.", allowed=tuple(EFFECTS))
    return NAMED[name]


def single(asked: OneEffect) -> Drawing:
    """The one effect that is asked for. Raises UnknownEffect, UnknownParameter, InvalidParameter, ConflictingParameter."""
    return _drawing(named(asked.effect), _object(asked.effect_params))


def several(asked: EffectsParameters) -> tuple[Drawing, ...]:
    """The effects of POST /api/v2/process-with-effects, each once, in the order asked for. Raises as `single`."""
    effects = tuple(dict.fromkeys(_chosen(asked)))
    values = _by_effect(_object(asked.effect_params))
    strangers = values.keys() - {effect.name for effect in effects}
    if strangers:
        raise InvalidParameter(f"effect_params names {min(strangers)}, which is not among the effects asked for.")
    return tuple(_drawing(effect, values.get(effect.name, {})) for effect in effects)


def _chosen(asked: EffectsParameters) -> tuple[Effect, ...]:
    if asked.load_single_effect or not (asked.effects or asked.return_all_effects):
        return (named(asked.effect),)
    if not asked.effects:
        return tuple(EFFECTS.values())
    return tuple(named(name) for name in _names(asked.effects))


def _by_effect(given: Objects) -> dict[str, Objects]:
    values: dict[str, Objects] = {}
    for name, each in given.items():
        effect, own = named(name).name, _object(each)
        if values.setdefault(effect, own) != own:
            raise ConflictingParameter(
                f"effect_params gives {effect} twice, by its name and an alias, with different values."
            )
    return values


def _names(listed: str | list[str]) -> list[str]:
    text = listed if isinstance(listed, str) else ",".join(listed)
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or len(text) > MAX_LISTED:
        raise InvalidParameter("effects must be names of effects, separated by commas.", allowed=tuple(EFFECTS))
    return names


def _object(given: str | Objects | None) -> Objects:
    if given is None or isinstance(given, Mapping):
        return given or {}
    try:
        content = msgspec.json.decode(given, type=dict[str, Any])
        json.loads(given, object_pairs_hook=without_twins)
    except (msgspec.DecodeError, UnicodeError, RecursionError, TypeError) as exc:
        raise InvalidParameter("effect_params must be a JSON object.") from exc
    return content


def _drawing(effect: Effect, values: Objects) -> Drawing:
    with about("effect_params"):
        return Drawing(effect, parse(effect.parameters, list(values.items())))
