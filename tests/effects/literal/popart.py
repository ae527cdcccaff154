"""The silk screen."""

from tests.effects.literal import Rows, half_up

PALETTE = {
    "black": (0, 0, 0),
    "blue-violet": (138, 43, 226),
    "sky blue": (0, 191, 255),
    "hot pink": (255, 20, 147),
    "lime": (50, 205, 50),
    "spring green": (0, 255, 127),
    "orange": (255, 165, 0),
    "orange-red": (255, 69, 0),
    "yellow": (255, 255, 0),
}


def draw(picture: Rows) -> Rows:
    """Contrast, saturation, three levels, the palette."""
    return [[(*PALETTE[name(r, g, b)], a) if a else (0, 0, 0, 0) for r, g, b, a in row] for row in picture]


def name(*colour: int) -> str:
    """The palette's colour of a pixel."""
    strong = [half_up(2.5 * (v - 128) + 128) for v in colour]
    luma = 299 * strong[0] + 587 * strong[1] + 114 * strong[2]  # thousandths
    saturated = [(luma + 2 * (1000 * v - luma)) / 1000 for v in strong]
    return of_levels(*[0 if v < 63.75 else 127 if v < 191.25 else 255 for v in saturated])


def of_levels(red: int, green: int, blue: int) -> str:
    """The palette's colour of what posterising leaves."""
    if max(red, green, blue) - min(red, green, blue) > 60:
        odd = (red + green + blue) % 2
        if red > max(green, blue) + 30:
            return "orange-red" if odd else "orange"
        if green > max(red, blue) + 30:
            return "lime" if odd else "yellow"
        if blue > max(red, green) + 30:
            return "blue-violet" if odd else "sky blue"
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    for limit, colour in ((40, "black"), (70, "blue-violet"), (100, "sky blue"), (130, "hot pink"), (160, "lime")):
        if luma < limit:
            return colour
    for limit, colour in ((190, "spring green"), (210, "lime"), (240, "hot pink")):
        if luma < limit:
            return colour
    return "sky blue"
