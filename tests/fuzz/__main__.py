"""Fuzzing for longer than the tests do: `python -m tests.fuzz --seconds 600 form`; --help says the rest."""

import argparse
import importlib.util
import logging
import secrets
import sys
import tempfile
import warnings
from pathlib import Path


def main() -> int:
    """Returns 1 where something was found."""
    options = _options()
    warnings.simplefilter("error")  # as in the tests
    logging.disable()  # python_multipart says of each body what is wrong with it
    if options.atheris:
        return _guided(options)
    from tests.fuzz.search import Finding, search
    from tests.fuzz.table import TARGETS

    found = 0
    for name in options.targets or TARGETS:
        if options.input:
            TARGETS[name].check(options.input.read_bytes())
            continue
        print(f"{name}: --seconds {options.seconds:g} --start {options.start}", flush=True)
        try:
            print(
                f"{name}: nothing in {search(TARGETS[name], options.seconds, start=options.start)} inputs", flush=True
            )
        except Finding as finding:
            print(f"{finding}\n  for:     {finding.__cause__!r}", flush=True)
            found = 1
    return found


def _guided(options: argparse.Namespace) -> int:
    """Everything of ours is imported inside: what is imported before is not seen."""
    if importlib.util.find_spec("atheris") is None:
        print("--atheris needs it: pip install atheris", file=sys.stderr)
        return 2
    import atheris

    with atheris.instrument_imports(include=["gateway"]):
        from tests.fuzz.table import TARGETS
    from tests.fuzz import guided

    [name] = options.targets
    guided.search(TARGETS[name], options.seconds, Path(tempfile.gettempdir()) / f"atheris-{name}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz what reads the world's bytes.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="a target (%(default)s)")
    parser.add_argument(
        "--start", type=int, default=secrets.randbits(32), help="of the random numbers; another each time"
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="one input, in place of a search")
    parser.add_argument(
        "--atheris", action="store_true", help="guided by coverage, one target; needs pip install atheris"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
