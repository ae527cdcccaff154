"""The tables of docs/effects.md are those of the code."""

import re
from pathlib import Path
from typing import Final

import pytest

from gateway.effects import EFFECTS, Effect
from gateway.effects.popart import poster_colour
from gateway.effects.retro8bit import PET

PAGE: Final = (Path(__file__).parents[2] / "docs" / "effects.md").read_text()


def colour(digits: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(digits))


def test_the_palette_of_8_bit() -> None:
    rows = re.findall(r"^\| (?:greys|browns|pinks|eyes|greens).*$", PAGE, re.MULTILINE)
    listed = [colour(digits) for row in rows for digits in re.findall("`#(.{6})`", row)]
    assert listed == [tuple(own) for own in PET.colours.tolist()]


def test_the_palette_of_pop_art() -> None:
    colours = {
        name.strip().lower(): colour(digits) for name, digits in re.findall(r"([A-Za-z -]+) `#(\w{6})`[,.]", PAGE)
    }
    rows = re.findall(r"^\| (0|127|255) \| (0|127|255) \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 9
    for red, green, *names in rows:
        for blue, name in zip((0, 127, 255), names, strict=True):
            assert poster_colour(int(red), int(green), blue) == colours[name]


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
def test_names_aliases_and_parameters(effect: Effect) -> None:
    (row,) = re.findall(rf"^\| `{effect.name}` \|.*$", PAGE, re.MULTILINE)
    assert re.findall("`(.*?)`", row)[1:] == [*effect.aliases, *effect.parameters.__struct_fields__]
    for name, default in zip(effect.parameters.__struct_fields__, effect.parameters.__struct_defaults__, strict=True):
        value = str(default).lower()
        assert re.search(rf"`{name}` [^(`]*\({value}\)", row), f"{name} is {value}"
