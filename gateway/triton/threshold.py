"""The confidence below which a model's pictures show no subject, as its configuration states it.

In config.pbtxt: `parameters { key: "no_subject_below" value { string_value: "0.5" } }` for all versions, and with the key
`no_subject_below/2` for version 2. Triton hands them on to whoever asks, wherever the repository lies.
"""

from collections.abc import Mapping
from typing import Final

import structlog

from gateway.segmentation import NO_SUBJECT_BELOW

PARAMETER: Final = "no_subject_below"

_log = structlog.get_logger(__name__)


def threshold(parameters: Mapping[str, str], version: str) -> float:
    """That of `version`, else that of the model, else NO_SUBJECT_BELOW, also where what is stated is no number from 0 to 1."""
    text = parameters.get(f"{PARAMETER}/{version}", parameters.get(PARAMETER, str(NO_SUBJECT_BELOW)))
    try:
        stated = float(text)
    except ValueError:
        stated = -1
    if 0 <= stated <= 1:
        return stated
    _log.error("the model's configuration states no number from 0 to 1", parameter=PARAMETER, found=text)
    return NO_SUBJECT_BELOW
