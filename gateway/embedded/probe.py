"""Is Triton ready? Asked over its HTTP port, with nothing but a socket."""

import asyncio

from gateway.embedded.ports import HOST, Ports

_ANSWER_SECONDS = 1.0


async def is_ready(ports: Ports, models: tuple[str, ...]) -> bool:
    """Return whether every model can be inferred and every port answers.

    Triton opens gRPC before HTTP and metrics last; the server's own readiness is not asked because one refused version
    of a model turns it off while others serve.
    """
    paths = [(ports.http, f"/v2/models/{model}/ready") for model in models] + [(ports.metrics, "/metrics")]
    for port, path in paths:
        if not await _answers_ok(port, path):
            return False
    return True


async def _answers_ok(port: int, path: str) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await _status_line(port, path) == b"200"
    except (OSError, TimeoutError):
        return False


async def _status_line(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        return (await reader.readline()).partition(b" ")[2][:3]
    finally:
        writer.close()
