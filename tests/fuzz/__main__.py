"""Fuzzing for longer than the tests do: `python -m tests.fuzz --seconds 600 form`; --help says the rest."""

import argparse
import logging
import secrets
import sys
import tempfile
import warnings
from pathlib import Path

from tests.fuzz.seeds import CORPUS

NAMES = sorted(path.name for path in CORPUS.iterdir())


def main() -> int:
    """Returns 1 where something was found."""
    options = _options()
    warnings.simplefilter("error")  # as in the tests
    logging.disable()  # python_multipart says of each body what is wrong with it
    if options.atheris:
        _guided(*options.targets, options.seconds)
    from tests.fuzz.table import TARGETS

    if options.input:
        [name] = options.targets
        TARGETS[name].check(options.input.read_bytes())
        return 0
    return max([_finds(name, options.seconds, options.start) for name in options.targets])


def _finds(name: str, seconds: float, start: int) -> bool:
    from tests.fuzz.search import Finding, search
    from tests.fuzz.table import TARGETS

    print(f"{name}: --seconds {seconds:g} --start {start}", flush=True)
    try:
        print(f"{name}: nothing in {search(TARGETS[name], seconds, start=start)} inputs", flush=True)
    except Finding as finding:
        print(f"{finding}\n  for:     {finding.__cause__!r}", flush=True)
        return True
    return False


def _guided(name: str, seconds: float) -> None:
    """Everything of the gateway is imported inside: what was imported before, atheris does not see."""
    import atheris

    with atheris.instrument_imports(include=["gateway"]):
        from tests.fuzz.table import TARGETS
    from tests.fuzz.guided import search

    search(TARGETS[name], seconds, Path(tempfile.gettempdir()) / f"atheris-{name}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz what reads the world's bytes.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="a target (%(default)g)")
    parser.add_argument("--start", type=int, default=secrets.randbits(32), help="of random numbers; each time another")
    parser.add_argument("--input", type=Path, metavar="FILE", help="one input of one target, in place of a search")
    parser.add_argument(
        "--atheris", action="store_true", help="one target, guided by coverage: needs atheris installed"
    )
    options = parser.parse_args()
    options.targets = options.targets or NAMES
    if not set(options.targets) <= set(NAMES):
        parser.error(f"a target is one of {', '.join(NAMES)}")
    if (options.atheris or options.input) and len(options.targets) != 1:
        parser.error("--atheris and --input are for one target")
    return options


if __name__ == "__main__":
    sys.exit(main())
