"""Names that open something, as logs have them: told apart, and not to be used."""

import hashlib
import re
from typing import Final

_IN_PATHS: Final = re.compile(
    r"(?<=^/session/)[^/]+|(?<=^/api/v2/progress/)[^/]+|(?<=/uploads/[0-9a-f]{16}/)[0-9a-f]{32}"
)


def pseudonym(name: str) -> str:
    """Of a session or an upload: without keys, whoever knows its name may see its pictures. "" of none."""
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()[:12] if name else ""


def shown(path: str) -> str:
    """`path` with pseudonyms in the places of such names."""
    return _IN_PATHS.sub(lambda found: pseudonym(found[0]), path)
