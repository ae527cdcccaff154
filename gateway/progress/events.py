"""The events of one picture's way, in their order; each is a name and its data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """`name` is the type of a server-sent event, `data` becomes its JSON."""

    name: str
    data: Mapping[str, object]


Tell = Callable[[Event], None]
"""Takes an event; may be called on any thread and never waits."""


def silent(event: Event) -> None:
    """Nobody follows."""


def queued(position: int) -> Event:
    """Waiting for a permit; `position` 1 is next, 0 has it."""
    return Event("queued", {"position": position})


def cold_start(seconds: float | None) -> Event:
    """The model is starting and will be there in about `seconds`, None where no start has been seen yet."""
    return Event("cold_start", {"estimate_seconds": None if seconds is None else round(seconds, 1)})


def inference() -> Event:
    """The picture is on its way to the model."""
    return Event("inference", {})


def effect(name: str, number: int, total: int) -> Event:
    """Effect `number` of `total`, counted from 1, is finished."""
    return Event("effect", {"effect": name, "number": number, "total": total})


def complete(seconds: float) -> Event:
    """The answer is ready."""
    return Event("complete", {"seconds": round(seconds, 3)})


def failed(problem: Mapping[str, object]) -> Event:
    """There will be no answer but `problem`."""
    return Event("error", problem)
