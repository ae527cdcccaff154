"""`gateway keys`: an operator makes, lists, replaces and withdraws API keys."""

import re
import sys
from argparse import ArgumentTypeError, Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, get_args

from rich.console import Console
from rich.table import Table

from gateway.keys import used
from gateway.keys.file import KeysError, changing, read
from gateway.keys.key import Key
from gateway.keys.ring import Record, Scope
from gateway.origins import ORIGIN
from gateway.rates.rate import parse

SCOPES: Final = get_args(Scope)
_UNBROKEN: Final = 1000  # columns: what a program reads is not folded
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def create(path: Path, arguments: Namespace) -> int:
    """Prints the new key, once; a secret to sign with below it, or in its place."""
    now = datetime.now(UTC)
    expires = None if arguments.expires is None else now + arguments.expires
    with changing(path) as change:
        change.ring, made = change.ring.created(
            arguments.name,
            arguments.scopes,
            arguments.origins,
            expires,
            now,
            arguments.rate,
            bearer=not arguments.signing_only,
            signing=arguments.signing or arguments.signing_only,
        )
    return _tell(made)


def rotate(path: Path, arguments: Namespace) -> int:
    """Prints a new key like the one named, which still works for a while."""
    now = datetime.now(UTC)
    with changing(path) as change:
        _require(path, change.ring.keys, arguments.id)
        if change.ring.record(arguments.id).expired(now):
            raise KeysError(f"{path}: {arguments.id} has expired, and so would a key like it; `create` makes another")
        change.ring, made = change.ring.rotated(arguments.id, arguments.keep, now)
    return _tell(made)


def revoke(path: Path, arguments: Namespace) -> int:
    """From now on the key is unknown."""
    with changing(path) as change:
        _require(path, change.ring.keys, arguments.id)
        change.ring = change.ring.revoked(arguments.id, datetime.now(UTC))
    Console(stderr=True).print(f"{arguments.id} is revoked.", markup=False, highlight=False)
    return 0


def show(path: Path, arguments: Namespace) -> int:
    """A line for each key; no secrets, which are not kept."""
    table = Table(
        "id", "name", "scopes", "origins", "rate", "use", "created", "expires", "last used", "state", box=None
    )
    now, times = datetime.now(UTC), used.read(path)
    for record in read(path).keys:
        table.add_row(*_row(record, now, times.get(record.id)))
    Console(width=None if sys.stdout.isatty() else _UNBROKEN).print(table)
    return 0


def scopes(text: str) -> tuple[str, ...]:
    """`process,store`. Raises ArgumentTypeError."""
    found = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    if not found or not set(found) <= set(SCOPES):
        raise ArgumentTypeError(f"must be some of {', '.join(SCOPES)}, separated by commas, not {text!r}")
    return found


def origins(text: str) -> tuple[str, ...]:
    """`https://shop.example,https://admin.shop.example`. Raises ArgumentTypeError."""
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    if not found or not all(ORIGIN.fullmatch(each) for each in found):
        raise ArgumentTypeError(f"must be origins such as https://shop.example, separated by commas, not {text!r}")
    return found


def duration(text: str) -> timedelta:
    """`90d`, `24h`, `30m`. Raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d{1,5})([mhd])", text)
    if found is None:
        raise ArgumentTypeError(f"must be a time such as 90d, 24h or 30m, not {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def rate(text: str) -> str:
    """`600/minute`. Raises ArgumentTypeError."""
    try:
        parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    return text


def name(text: str) -> str:
    """1 to 64 characters that a terminal can show. Raises ArgumentTypeError."""
    if not text.isprintable() or not 1 <= len(text) <= 64:
        raise ArgumentTypeError("must be 1 to 64 printable characters")
    return text


def _require(path: Path, keys: tuple[Record, ...], which: str) -> None:
    if not any(each.id == which and each.revoked is None for each in keys):
        raise KeysError(f"{path}: holds no key {which!r}; `python -m gateway keys list` shows those it holds")


def _tell(made: Key) -> int:
    say = Console(stderr=True).print
    if made.secret:
        say("The key, shown this once:", markup=False)
        print(made.text, flush=True)
    if made.signing:
        say("The secret to sign with, shown this once, and never to be sent:", markup=False)
        print(made.signing_text, flush=True)
    return 0


def _row(record: Record, now: datetime, last: datetime | None) -> tuple[str, ...]:
    state = "revoked" if record.revoked else "expired" if record.expired(now) else "good"
    expires = "never" if record.expires is None else f"{record.expires:%Y-%m-%d %H:%M}"
    created = f"{record.created:%Y-%m-%d %H:%M}"
    seen = "" if last is None else f"{last:%Y-%m-%d %H:%M}"
    ways = " and ".join(["sent"] * record.bearer + ["signing"] * bool(record.signing))
    origins, often = ",".join(record.origins) or "any", record.rate or "default"
    return record.id, record.name, ",".join(record.scopes), origins, often, ways, created, expires, seen, state
