"""Content-Disposition: an answer that a browser is to keep as a file, under a name of the client's choice (RFC 6266)."""

import re
from typing import Final
from urllib.parse import quote

from gateway.errors import InvalidParameter

DOWNLOAD: Final = "download"
"""The parameter that holds the name."""
_NAME: Final = re.compile(r'[^\x00-\x1f\x7f-\x9f/\\:*?"<>|\u2028-\u202e\u2066-\u2069\ud800-\udfff]{1,100}')
"""Of which no system makes a path or a command, and which reads as what it is."""
_ENDING: Final = re.compile(r"\.(png|jpe?g|webp|avif|zip)\Z", re.IGNORECASE)
_SUFFIXES: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/avif": "avif",
    "application/zip": "zip",
}


def attachment(name: str, media_type: str) -> str:
    """The header's value for a file called `name`, its ending by what it is, whatever it was said to be.

    Old clients get the name in ASCII; all others as it is, by RFC 5987. Raises InvalidParameter.
    """
    if not _NAME.fullmatch(name):
        raise InvalidParameter(
            f'{DOWNLOAD} must be 1 to 100 characters, none of them a control character or one of / \\ : * ? " < > |.'
        )
    stem = _ENDING.sub("", name).strip(" .") or "picture"
    full = f"{stem}.{_SUFFIXES.get(media_type, 'bin')}"
    plain = re.sub(r"[^A-Za-z0-9 ._()+-]", "_", full)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"
