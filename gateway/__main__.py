"""Command line of the service, and the only reader of the environment: `python -m gateway --help`."""

import argparse
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from checkpoints.errors import CheckpointError
from gateway.audit.target import AuditError
from gateway.embedded import EmbeddedError
from gateway.keys.file import KeysError
from gateway.models import OFFERED, Offered
from gateway.pictures.encoding.table import MEDIA_TYPES
from gateway.service import ServiceError
from gateway.settings import Settings, SettingsError
from gateway.store.errors import StoreError
from gateway.stores import own_folder


def _serve(settings: Settings, arguments: argparse.Namespace, offered: Offered) -> int:
    from gateway.commands import serve

    chosen = _chosen(settings, arguments)
    if not os.environ.get("CUTOUT_STORE"):
        chosen = replace(chosen, store=own_folder(os.environ))
    return serve.run(chosen, os.environ, offered)


def _cutout(settings: Settings, arguments: argparse.Namespace, offered: Offered) -> int:
    from gateway.commands import cutout
    from gateway.commands.files import STDIN

    output = Path(arguments.output)
    if output == STDIN and len(arguments.photos) != 1:
        raise SettingsError("-o - writes one cut-out to standard output: name exactly one photo")
    options = cutout.Options(
        tuple(arguments.photos), output, arguments.format, _parameters(arguments), arguments.bg_image, arguments.url
    )
    return cutout.run(_chosen(settings, arguments), os.environ, options, offered)


def _effects(settings: Settings, arguments: argparse.Namespace, offered: Offered) -> int:
    from gateway.commands import effects

    options = effects.Options(arguments.photo, arguments.output, arguments.width, arguments.url)
    return effects.run(_chosen(settings, arguments), os.environ, options, offered)


def _keys(settings: Settings, arguments: argparse.Namespace, offered: Offered) -> int:
    path = arguments.keys or settings.keys
    if path is None:
        raise SettingsError("name the file of keys: --keys FILE, or CUTOUT_KEYS")
    return int(arguments.action(path, arguments))


def _rollout(settings: Settings, arguments: argparse.Namespace, offered: Offered) -> int:
    from gateway.commands import rollout

    return rollout.run(settings, arguments.url, arguments)


def _top(settings: Settings, arguments: argparse.Namespace, offered: Offered) -> int:
    from gateway.commands import top

    return top.run(settings, arguments.url, arguments)


def _chosen(settings: Settings, arguments: argparse.Namespace) -> Settings:
    """What the command line names, over what the environment says."""
    names = ("host", "port", "triton", "model")
    return replace(
        settings, **{name: getattr(arguments, name) for name in names if getattr(arguments, name, None) is not None}
    )


def _parameters(arguments: argparse.Namespace) -> dict[str, str]:
    """Those of the HTTP interface, by its names."""
    names = ("quality", "bg_color", "crop_margin", "max_side")
    given = {name: str(getattr(arguments, name)) for name in names if getattr(arguments, name) is not None}
    return (
        given
        | ({"crop": "subject"} if arguments.crop or arguments.crop_margin is not None else {})
        | ({"channels": "alpha"} if arguments.mask else {})
    )


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return read


def _every(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}([.][0-9]{1,3})?", text) or not 0.1 <= float(text) <= 3600:
        raise argparse.ArgumentTypeError(f"must be seconds from 0.1 to 3600, not {text!r}")
    return float(text)


def _address(text: str) -> str:
    import httpx

    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or not 0 <= (url.port or 0) <= 65535:
        raise argparse.ArgumentTypeError(f"must be an address such as http://127.0.0.1:8080, not {text!r}")
    return text


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = argparse.ArgumentParser(prog="python -m gateway", description="Background removal as a service.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the service")
    serve.add_argument("--host", help="address to listen on (CUTOUT_HOST, 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (PORT, 8080); 0 takes a free one")
    serve.set_defaults(command=_serve)

    cutout = commands.add_parser("cutout", help="cut out photos with a running service, or with one started for it")
    cutout.add_argument(
        "photos", nargs="+", type=Path, metavar="PHOTO", help="a file, a folder, or - for standard input"
    )
    cutout.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="folder for the cut-outs, or - for standard output"
    )
    cutout.add_argument("--format", choices=tuple(MEDIA_TYPES), default="png", help="of the cut-outs (default png)")
    cutout.add_argument("--quality", type=_whole(1, 100), default=90, help="1 to 100, of all but png (default 90)")
    cutout.add_argument("--bg-color", metavar="COLOUR", help="behind the subject: a name, or hexadecimal digits")
    cutout.add_argument("--bg-image", type=Path, metavar="FILE", help="a picture behind the subject")
    cutout.add_argument("--crop", action="store_true", help="cut to the subject")
    cutout.add_argument("--crop-margin", metavar="LENGTHS", help="around it: 1, 2 or 4, such as 5%% or '10px 20px'")
    cutout.add_argument("--max-side", metavar="PIXELS", help="shrink the longer side to this")
    cutout.add_argument("--mask", action="store_true", help="the mask alone, in grey")
    cutout.set_defaults(command=_cutout)

    effects = commands.add_parser("effects", help="draw one photo in every effect, on one sheet")
    effects.add_argument("photo", type=Path, metavar="PHOTO", help="a file, or - for standard input")
    effects.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="a png, jpg or webp, or - for standard output"
    )
    effects.add_argument(
        "--width", type=_whole(100, 1600), default=480, metavar="PIXELS", help="of each picture (default 480)"
    )
    effects.set_defaults(command=_effects)

    _add_keys(commands)
    _add_rollout(commands)

    view = commands.add_parser("top", help="watch a running service; q ends it")
    view.add_argument(
        "--url",
        type=_address,
        help="a running service (default: the local one); CUTOUT_API_KEY is its key, of scope metrics, and admin for all",
    )
    view.add_argument("--every", type=_every, default=2.0, metavar="SECONDS", help="between two looks (default 2)")
    view.add_argument("--once", action="store_true", help="print one view, of that time, and end")
    view.set_defaults(command=_top)

    for command in (cutout, effects):
        command.add_argument(
            "--url", type=_address, help="a running service (default: the local one, else one is started)"
        )
    for command in (serve, cutout, effects):
        command.add_argument(
            "--triton", metavar="HOST:PORT", help="gRPC of a Triton elsewhere (default: the embedded one)"
        )
        command.add_argument("--model", help="best, base, fast, demo, or a model's own name (CUTOUT_MODEL, best)")
    return top


def _add_keys(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from gateway.commands import keys

    top = commands.add_parser("keys", help="make, list, replace and withdraw API keys")
    top.add_argument("--keys", type=Path, metavar="FILE", help="the file of keys (CUTOUT_KEYS)")
    top.set_defaults(command=_keys)
    actions = top.add_subparsers(required=True, metavar="ACTION")

    create = actions.add_parser("create", help="make a key; it is printed once and kept as a hash")
    create.add_argument("--name", required=True, type=keys.name, help="whose it is, for people")
    create.add_argument("--scopes", required=True, type=keys.scopes, help=f"any of {','.join(keys.SCOPES)}")
    create.add_argument("--origins", default=(), type=keys.origins, help="web pages it is good for (default any)")
    create.add_argument("--expires", type=keys.duration, metavar="90d", help="after so long (default never)")
    create.add_argument("--rate", type=keys.rate, metavar="600/minute", help="its own (default CUTOUT_RATE_KEYS)")
    signing = create.add_mutually_exclusive_group()
    signing.add_argument("--signing", action="store_true", help="with a secret to sign requests with (docs/signing.md)")
    signing.add_argument("--signing-only", action="store_true", help="with that alone: the key itself is never sent")
    create.set_defaults(action=keys.create)

    actions.add_parser("list", help="show the keys without their secrets").set_defaults(action=keys.show)

    revoke = actions.add_parser("revoke", help="withdraw a key at once")
    revoke.add_argument("id", help="as `list` shows it")
    revoke.set_defaults(action=keys.revoke)

    rotate = actions.add_parser("rotate", help="make a key like another, which goes on for a while")
    rotate.add_argument("id", help="as `list` shows it")
    rotate.add_argument("--keep", default="24h", type=keys.duration, help="how long the old one goes on (default 24h)")
    rotate.set_defaults(action=keys.rotate)


def _add_rollout(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from gateway.commands import rollout
    from gateway.commands.keys import duration

    top = commands.add_parser("rollout", help="bring in another version of the model, or go back")
    top.add_argument(
        "--url", type=_address, help="a running service (default: the local one); CUTOUT_API_KEY is its key"
    )
    top.set_defaults(command=_rollout)
    actions = top.add_subparsers(required=True, metavar="ACTION")
    for name, action, text in (
        ("status", rollout.status, "which version answers whom, and how the candidate does"),
        ("watch", rollout.watch, "the same again and again, until it is over"),
        ("history", rollout.history, "who did what, when and why"),
    ):
        actions.add_parser(name, help=text).set_defaults(action=action)
    compare = actions.add_parser("compare", help="write a report of how the two versions differ")
    compare.add_argument("-o", "--output", required=True, metavar="FILE", help="an HTML file, or - for standard output")
    compare.set_defaults(action=rollout.compare)

    start = actions.add_parser("start", help="try a version, and have it answer a few callers")
    start.add_argument("version", type=_whole(1, 2**31 - 1))
    course = start.add_mutually_exclusive_group()
    course.add_argument("--weight", type=_whole(1, 100), metavar="PERCENT", help="of the callers (default 10)")
    course.add_argument("--steps", metavar="1,5,25,100", help="one after the other, as long as the guard is content")
    start.add_argument(
        "--hold", type=lambda text: duration(text).total_seconds(), metavar="10m", help="each step (10m)"
    )
    start.add_argument(
        "--shadow", type=rollout.rate, metavar="SHARE", help="of the pictures, shown to both (default 0)"
    )
    start.add_argument("--shadow-budget", type=rollout.rate, metavar="SHARE", help="of the time for that (default 0.1)")
    start.add_argument("--stable", type=_whole(1, 2**31 - 1), metavar="VERSION", help="what goes on, the first time")
    for name, text in rollout.LIMITS.items():
        start.add_argument(
            f"--{name.replace('_', '-')}", type=rollout.number, metavar="N", help=f"the guard's limit: {text}"
        )
    start.set_defaults(action=rollout.start)

    weight = actions.add_parser("weight", help="have the candidate answer another share of the callers")
    weight.add_argument("weight", type=_whole(0, 100), metavar="PERCENT")
    weight.set_defaults(action=rollout.weight)
    shadow = actions.add_parser("shadow", help="show another share of the pictures to both versions")
    shadow.add_argument("rate", type=rollout.rate, help="on (0.1), off, or a share")
    shadow.set_defaults(action=rollout.shadow)
    promote = actions.add_parser("promote", help="make the candidate the stable version")
    promote.set_defaults(action=rollout.promote)
    back = actions.add_parser("rollback", help="drop the candidate, or go back to the version before")
    back.set_defaults(action=rollout.roll_back)
    for change in (start, weight, shadow, promote, back):
        change.add_argument("--why", default="", help="for the history")
        change.add_argument("--generation", type=int, help="of the plan that is to be changed, and no other")


def main(arguments: list[str] | None = None, offered: Offered = OFFERED) -> int:
    """The exit code: 0 done, 1 something failed, 2 the command line or a setting is wrong."""
    parsed = parser().parse_args(arguments)
    try:
        return int(parsed.command(Settings.from_env(os.environ), parsed, offered))
    except SettingsError as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 2
    except (ServiceError, EmbeddedError, CheckpointError, KeysError, AuditError, StoreError) as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # of `… | head`; the interpreter would flush standard output once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
