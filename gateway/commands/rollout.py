"""`gateway rollout`: an operator asks a running service about its rollout, or has it changed."""

import math
import sys
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.live import Live

from gateway.commands.failure import Failure
from gateway.commands.rollout_view import event_lines, view
from gateway.settings import Settings

Status = dict[str, Any]

_SECONDS: Final = 600.0
"""A version may load for minutes."""
_WATCHED: Final = 2.0
_PATH: Final = "/admin/rollout"
_UNBROKEN: Final = 1000  # columns: what a program reads is not folded


def run(settings: Settings, url: str | None, arguments: Namespace) -> int:
    """The exit code: 0 done, 1 refused."""
    base = url or f"http://127.0.0.1:{settings.port}"
    headers = {"X-Api-Key": settings.api_key} if settings.api_key else {}
    with httpx.Client(
        base_url=base, headers=headers, timeout=httpx.Timeout(_SECONDS, connect=5), trust_env=False
    ) as client:
        try:
            arguments.action(client, arguments)
        except Failure as error:
            print(f"gateway: {error}", file=sys.stderr)
            return 1
    return 0


def status(client: httpx.Client, arguments: Namespace) -> None:
    """Prints the plan, the findings and the instances."""
    _console().print(view(_get(client)))


def watch(client: httpx.Client, arguments: Namespace) -> None:
    """Prints them again and again, until nothing is rolled out or somebody interrupts it."""
    found = _get(client)
    with Live(view(found), console=_console(), auto_refresh=False) as live:
        while _is_rolling(found):
            time.sleep(_WATCHED)
            found = _get(client)
            live.update(view(found), refresh=True)
    last = found["plan"]["history"][-1:] if found["plan"] else []
    _console().print("\n".join(event_lines(last)), markup=False)


def history(client: httpx.Client, arguments: Namespace) -> None:
    """Prints a line for each event, oldest first."""
    plan = _get(client)["plan"]
    for line in event_lines(plan["history"] if plan else []):
        print(line)


def start(client: httpx.Client, arguments: Namespace) -> None:
    """Has a version tried and made the candidate."""
    _change(
        client,
        "start",
        arguments,
        version=arguments.version,
        stable=arguments.stable,
        steps=arguments.steps or (None if arguments.weight is None else str(arguments.weight)),
        hold_seconds=arguments.hold,
        shadow=arguments.shadow,
        shadow_budget=arguments.shadow_budget,
        **{name: getattr(arguments, name) for name in LIMITS},
    )


def weight(client: httpx.Client, arguments: Namespace) -> None:
    """Has the candidate answer another percentage of the callers."""
    _change(client, "weight", arguments, weight=arguments.weight)


def shadow(client: httpx.Client, arguments: Namespace) -> None:
    """Has another share of the pictures shown to both."""
    _change(client, "shadow", arguments, rate=arguments.rate)


def promote(client: httpx.Client, arguments: Namespace) -> None:
    """Makes the candidate the stable version."""
    _change(client, "promote", arguments)


def roll_back(client: httpx.Client, arguments: Namespace) -> None:
    """Drops the candidate, or goes back to the version before."""
    _change(client, "rollback", arguments)


def compare(client: httpx.Client, arguments: Namespace) -> None:
    """Writes the report of how the two versions differ."""
    page = _asked(client, "GET", f"{_PATH}/compare").content
    if str(arguments.output) == "-":
        sys.stdout.buffer.write(page)
    else:
        try:
            Path(arguments.output).write_bytes(page)
        except OSError as error:
            raise Failure(f"{arguments.output}: cannot be written: {error.strerror}") from error


LIMITS: Final[Mapping[str, str]] = {
    "error_rate": "share of the candidate's requests that may fail above the stable version's (0.02)",
    "p95_ratio": "of seconds at the 95th percentile, to the stable version's (1.5)",
    "disagreement": "mean of 1 - IoU of both masks (0.15)",
    "requests": "before errors and seconds are judged (50)",
    "pictures": "shown to both, before masks are judged (20)",
    "window_seconds": "what is older is not judged (600)",
}
"""The guard's limits by their parameter, with what they mean and what they are where nothing is said."""


def number(text: str) -> float:
    """A limit. Raises ArgumentTypeError."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ArgumentTypeError(f"must be a number, not {text!r}")
    return found


def rate(text: str) -> float:
    """`on`, `off`, or a share from 0 to 1. Raises ArgumentTypeError."""
    try:
        found = {"on": 0.1, "off": 0.0}.get(text)
        found = float(text) if found is None else found
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise ArgumentTypeError(f"must be on (0.1), off, or a share from 0 to 1, not {text!r}")
    return found


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _UNBROKEN, highlight=False)


def _is_rolling(found: Status) -> bool:
    return found["plan"] is not None and found["plan"]["candidate"] is not None


def _get(client: httpx.Client) -> Status:
    return _status(_asked(client, "GET", _PATH))


def _change(client: httpx.Client, deed: str, arguments: Namespace, **parameters: object) -> None:
    """Changes the plan as it is at this moment: not one that another operator makes meanwhile."""
    generation = arguments.generation
    if generation is None:
        generation = _get(client)["generation"]
    given = {"why": arguments.why, "generation": generation, **parameters}
    body = {name: value for name, value in given.items() if value not in (None, "")}
    _console().print(view(_status(_asked(client, "POST", f"{_PATH}/{deed}", body))))


def _asked(client: httpx.Client, method: str, path: str, body: object = None) -> httpx.Response:
    try:
        response = client.request(method, path, json=body)
    except httpx.RequestError as error:
        raise Failure(f"the service at {client.base_url} does not answer ({type(error).__name__})") from error
    if not response.is_success:
        raise Failure(_detail(response))
    return response


def _status(response: httpx.Response) -> Status:
    try:
        found = dict(response.json())
        found["plan"], found["generation"]
    except (ValueError, KeyError, TypeError):
        raise Failure(f"what answers at {response.url} is not this service") from None
    return found


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered {response.status_code}"
