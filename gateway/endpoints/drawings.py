"""From parameters to effects with their values."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.effects import EFFECTS, NAMED, Drawing, Effect
from gateway.endpoints.parameters import MAX_LISTED, EffectsParameters, OneEffect, parse
from gateway.errors import InvalidParameter, UnknownEffect, about

Objects = Mapping[str, Any]


def named(name: str) -> Effect:
    """The effect of that name or alias. Raises UnknownEffect."""
    if name not in NAMED:
        raise UnknownEffect(f"effect must be one of {', '.join(EFFECTS)}.", allowed=tuple(EFFECTS))
    return NAMED[name]


def single(asked: OneEffect) -> Drawing:
    """The one effect that is asked for. Raises UnknownEffect, UnknownParameter, InvalidParameter."""
    return _drawing(named(asked.effect), _object(asked.effect_params))


def several(asked: EffectsParameters) -> tuple[Drawing, ...]:
    """The effects of POST /api/v2/process-with-effects, each once, in the order asked for. Raises as `single`."""
    effects = tuple(dict.fromkeys(_chosen(asked)))
    values = {named(name).name: _object(each) for name, each in _object(asked.effect_params).items()}
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


def _names(listed: str | list[str]) -> list[str]:
    text = listed if isinstance(listed, str) else ",".join(listed)
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or len(text) > MAX_LISTED:
        raise InvalidParameter("effects must be names of effects, separated by commas.", allowed=tuple(EFFECTS))
    return names


def _object(given: str | Objects | None) -> Objects:
    if isinstance(given, Mapping):
        return given
    try:
        return {} if given is None else msgspec.json.decode(given, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError, TypeError) as exc:
        raise InvalidParameter("effect_params must be a JSON object.") from exc


def _drawing(effect: Effect, values: Objects) -> Drawing:
    with about("effect_params"):
        return Drawing(effect, parse(effect.parameters, list(values.items())))
