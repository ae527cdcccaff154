"""A request as it is written, its first line and its headers, and the ASGI scope that the server makes of it."""

from typing import Any

CONTROLS = bytes(range(32)) + b"\x7f"  # no server lets them through


def scope(head: bytes) -> dict[str, Any]:
    line, *lines = (each.translate(None, CONTROLS) for each in head.split(b"\n"))
    method, _, target = line.partition(b" ")
    path, _, query = target.partition(b"?")
    pairs = (each.partition(b":") for each in lines)
    return {
        "type": "http",
        "method": method.decode("latin-1"),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.strip().lower(), value.strip()) for name, _, value in pairs],
    }
