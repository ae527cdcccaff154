"""The ways of tests/clients/browser.js, what they must give, and how they are run in a page."""

import base64
import re
from pathlib import Path
from typing import Any

from tests.photos import photo

_FILE = Path(__file__).with_name("browser.js").read_text()
SCRIPT = f"const PHOTO = '{base64.b64encode(photo('chelsea')).decode()}';\n{_FILE}"
WAYS = [*re.findall(r'^  "([^"]+)": async', _FILE, re.MULTILINE), "XMLHttpRequest", "EventSource", "no comma"]


def check(way: str, found: Any) -> None:
    """Asserts that `way` gave what it must."""
    if way == "EventSource":
        assert found == ["queued", "inference", "effect", "complete"]
    elif way == "no comma":
        assert found == {"status": 400, "code": "malformed_data_url"}
    elif way == "XMLHttpRequest":
        assert (found["status"], found["type"]) == (200, "image/png")
        assert found["size"] > 1000
    else:
        assert found["status"] == 200
        assert found["type"].startswith("image/")
        assert (found["width"], found["height"]) == (451, 300)
