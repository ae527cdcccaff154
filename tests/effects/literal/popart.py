"""The silk screen."""

from tests.effects.literal import Rows, half_up

Colours = list[list[tuple[int, ...]]]

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
    """Medians, contrast, saturation, three levels, the palette."""
    flat = medians(filled(picture))
    return [
        [(*PALETTE[name(*flat[y][x])], a) if a else (0, 0, 0, 0) for x, (*_, a) in enumerate(row)]
        for y, row in enumerate(picture)
    ]


def filled(picture: Rows) -> Colours:
    """What is hidden as bright, in each channel, as the brightest of the 5 × 5 around it; beyond the picture is nothing."""
    result: Colours = []
    for y, row in enumerate(picture):
        result.append([])
        for x, (*own, a) in enumerate(row):
            around = [p for line in picture[max(y - 2, 0) : y + 3] for p in line[max(x - 2, 0) : x + 3]]
            result[-1].append(tuple(own) if a else tuple(max(p[c] for p in around) for c in range(3)))
    return result


def medians(colours: Colours) -> Colours:
    """Of 5 × 5, in each channel; beyond the picture its border goes on."""
    height, width = len(colours), len(colours[0])
    reach = range(-2, 3)

    def at(y: int, x: int) -> tuple[int, ...]:
        return colours[min(max(y, 0), height - 1)][min(max(x, 0), width - 1)]

    return [
        [
            tuple(sorted(at(y + dy, x + dx)[c] for dy in reach for dx in reach)[12] for c in range(3))
            for x in range(width)
        ]
        for y in range(height)
    ]


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
