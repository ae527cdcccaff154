"""Asking a service for something."""

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx

from gateway.commands.failure import Failure

_TRIES: Final = 5


async def ask(
    client: httpx.AsyncClient, path: str, parameters: Mapping[str, str], files: Mapping[str, bytes] | None = None
) -> bytes:
    """The answer at `path`, to a POST where there are `files`; a service that is busy is asked again when it says.

    Raises Failure.
    """
    for attempt in range(_TRIES):
        try:
            response = await client.request("POST" if files else "GET", path, params=parameters, files=files)
        except httpx.RequestError as error:
            raise Failure(f"the service at {client.base_url} does not answer ({type(error).__name__})") from error
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or attempt == _TRIES - 1:
            break
        await asyncio.sleep(_patience(response))
    if not response.is_success:
        raise Failure(_detail(response))
    return response.content


def _patience(response: httpx.Response) -> float:
    """Seconds; one where it does not say, or names a date."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 1.0


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered {response.status_code}"
