"""`export fetch`: an official checkpoint comes into the cache. Runs where neither torch nor onnx is installed."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from checkpoints import cache, digests
from checkpoints.catalogue import LICENCE, OFFICIAL
from checkpoints.fetch import adopt, fetch
from checkpoints.terminal import Terminal
from export.commands.command import Command


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("variant", metavar="VARIANT", choices=OFFICIAL, help=f"one of {', '.join(OFFICIAL)}")
    parser.add_argument(
        "--from", type=Path, dest="source", metavar="FILE", help="check and keep this file instead of downloading it"
    )
    parser.add_argument("--cache", type=Path, metavar="DIR", help="folder to keep it in (CUTOUT_CACHE, else ~/.cache)")


def run(arguments: argparse.Namespace) -> None:
    checkpoint = OFFICIAL[arguments.variant]
    folder = arguments.cache or cache.folder(os.environ)
    terminal = Terminal(sys.stderr)
    for line in LICENCE:
        print(line)
    source = arguments.source
    path = adopt(checkpoint, source, folder, terminal) if source else fetch(checkpoint, folder, terminal)
    print(f"{path}\nsha256 {digests.sha256(path)}")
    print(f"next: python -m export onnx --variant {checkpoint.name} --checkpoint {shlex.quote(str(path))}")


COMMAND = Command("fetch", "download and check an official checkpoint", options, run)
