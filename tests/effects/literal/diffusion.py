"""Floyd and Steinberg's error diffusion, as their paper has it: each decided pixel pushes its error on."""

from collections.abc import Callable

Value = list[float]


def diffuse(height: int, width: int, channels: int, decide: Callable[[int, int, Value], Value]) -> None:
    """Scans the picture; `decide` gets a place and the errors that came to it, and gives the error it leaves."""
    come = [[[0.0] * channels for _ in range(width)] for _ in range(height)]
    for y in range(height):
        for x in range(width):
            left = decide(y, x, come[y][x])
            for dy, dx, share in ((0, 1, 7), (1, -1, 3), (1, 0, 5), (1, 1, 1)):
                if y + dy < height and 0 <= x + dx < width:
                    for c in range(channels):
                        come[y + dy][x + dx][c] += left[c] * (share / 16)
