"""The rules of monitoring/alerts.yaml for those who cannot wait: every time in them is divided."""

import re
from typing import Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = re.compile(r"(?<=[\[:])(\d+)([smhd])(?=[\]:])|(?<=for: )(\d+)([smhd])\b|(?<=offset )(\d+)([smhd])\b")
_SECONDS: Final = {
    "cutout_picture_seconds": "> 30",
    "cutout_starting_seconds": "> 90",
    "cutout_cold_start_seconds": "> 90",
}
"""Thresholds that are long times: a fault of half a minute cannot be made twenty times as short without them."""


def shortened(rules: str, factor: int) -> str:
    """The text of `rules` with windows, patience and the thresholds of `_SECONDS` divided by `factor`."""
    lines = [_thresholds(line, factor) for line in rules.splitlines()]
    return _DURATION.sub(lambda found: _divided(found, factor), "\n".join(lines)) + "\n"


def _thresholds(line: str, factor: int) -> str:
    for figure, threshold in _SECONDS.items():
        if figure in line and "expr:" in line:
            line = re.sub(rf"{threshold}\b", f"> {int(threshold[2:]) / factor:g}", line)
    return line


def _divided(found: re.Match[str], factor: int) -> str:
    number, unit = (each for each in found.groups() if each is not None)
    return f"{1000 * int(number) * _UNITS[unit] // factor}ms"
