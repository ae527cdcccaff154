"""Different work has different names, the same work the same one."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.keys import Digest, MaskKey, ResultKey, digest, result_key
from gateway.effects import EFFECTS, Drawing
from gateway.effects.dithering import DitheringParameters
from gateway.effects.enhancedblackwhite import BlackWhiteParameters
from gateway.order import Order
from gateway.pictures.compose import Layout, Length, Margin

MASK = MaskKey(digest(b"picture"), "inspyrenet", "3")
ORDER = Order("inspyrenet", "3", output="webp")
DRAWING = Drawing(EFFECTS["dithering"], DitheringParameters())


def key(order: Order = ORDER, drawing: Drawing = DRAWING, mask: MaskKey = MASK, backdrop: str | None = None) -> str:
    return result_key(mask, order, drawing, None if backdrop is None else Digest(backdrop)).name


def margin(value: float, *, percent: bool) -> Margin:
    return Margin(*[Length(value, percent)] * 4)


OTHERS: dict[str, str] = {
    "picture": key(mask=replace(MASK, picture=digest(b"another"))),
    "model": key(mask=replace(MASK, model="inspyrenet_fast")),
    "version": key(mask=replace(MASK, version="4")),
    "effect": key(drawing=Drawing(EFFECTS["popart"], EFFECTS["popart"].parameters())),
    "parameter": key(drawing=Drawing(EFFECTS["dithering"], DitheringParameters(dot_size=1))),
    "another parameter": key(drawing=Drawing(EFFECTS["dithering"], DitheringParameters(pixel_spacing=1))),
    "effect's revision": key(drawing=Drawing(replace(EFFECTS["dithering"], revision=2), DitheringParameters())),
    "output": key(replace(ORDER, output="jpeg")),
    "PNG": key(replace(ORDER, output="png")),
    "quality": key(replace(ORDER, quality=91)),
    "crop": key(replace(ORDER, layout=Layout(crop="subject"))),
    "head": key(replace(ORDER, layout=Layout(crop="head"))),
    "margin": key(replace(ORDER, layout=Layout(crop="subject", margin=margin(5, percent=True)))),
    "margin in pixels": key(replace(ORDER, layout=Layout(crop="subject", margin=margin(5, percent=False)))),
    "max_side": key(replace(ORDER, layout=Layout(max_side=800))),
    "channels": key(replace(ORDER, layout=Layout(channels="alpha"))),
    "ground": key(replace(ORDER, layout=Layout(grounds=((255, 255, 255, 255),)))),
    "another ground": key(replace(ORDER, layout=Layout(grounds=((255, 255, 255, 254),)))),
    "picture as ground": key(replace(ORDER, layout=Layout(grounds=(np.zeros((2, 3, 4), np.uint8),)))),
    "its shape": key(replace(ORDER, layout=Layout(grounds=(np.zeros((3, 2, 4), np.uint8),)))),
    "decontaminate": key(replace(ORDER, decontaminate=False)),
    "backdrop": key(backdrop="0" * 64),
    "another backdrop": key(backdrop="1" * 64),
}


@pytest.mark.parametrize("part", OTHERS)
def test_every_part_counts(part: str) -> None:
    assert OTHERS[part] != key()
    assert list(OTHERS.values()).count(OTHERS[part]) == 1


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, fresh=True),
        replace(ORDER, alternatives=("png",)),
        replace(ORDER, drawings=(DRAWING, DRAWING)),
        replace(ORDER, backdrop=b"its digest counts"),
    ],
)
def test_what_does_not_change_the_bytes_does_not_count(order: Order) -> None:
    assert key(order) == key()


def test_png_has_no_quality() -> None:
    assert key(replace(ORDER, output="png", quality=1)) == key(replace(ORDER, output="png", quality=90))


@given(st.permutations(list(BlackWhiteParameters.__struct_fields__)))
def test_the_order_of_parameters_does_not_matter(names: list[str]) -> None:
    values = msgspec.convert({name: 1.0 if name != "grain" else 0.1 for name in names}, BlackWhiteParameters)
    found = result_key(MASK, ORDER, Drawing(EFFECTS["enhancedblackwhite"], values), None)
    mixed = replace(found, parameters={name: found.parameters[name] for name in names})
    assert mixed.name == found.name


masks = st.builds(
    MaskKey, st.sampled_from(["a", "aa", "b"]).map(Digest), st.sampled_from(["m", "ma"]), st.sampled_from(["1", "11"])
)
values = st.one_of(st.integers(0, 2), st.sampled_from(["0", "1"]), st.booleans())
any_key: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "mask": masks,
        "effect": st.sampled_from(["color", "popart"]),
        "effect_revision": st.integers(1, 2),
        "parameters": st.dictionaries(st.sampled_from("ab"), values),
        "output": st.sampled_from(["png", "webp"]),
        "quality": st.integers(0, 11),
        "layout": st.dictionaries(st.sampled_from(["max_side", "crop"]), st.integers(0, 2)),
        "decontaminate": st.booleans(),
        "backdrop": st.sampled_from([None, Digest("a")]),
    }
)


def exact(value: object) -> object:
    """As `value`, but True is not 1."""
    if isinstance(value, dict):
        return {name: exact(each) for name, each in value.items()}
    return (type(value).__name__, value)


@given(any_key, any_key)
def test_names_are_equal_where_keys_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (ResultKey(**one).name == ResultKey(**other).name) == (exact(one) == exact(other))


def test_names_are_fit_for_a_store() -> None:
    assert MASK.name.startswith("cache/masks/") and len(MASK.name) == 76
    assert key().startswith("cache/results/") and len(key()) == 78
