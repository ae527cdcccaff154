"""Fills a manifest in:
`python3 -m deploy.manifest cloudrun.yaml --project P --region R --bucket B --revision abc > service.yaml`.

Nothing but the standard library, so that it runs wherever there is a Python. What comes out goes to
`gcloud run services replace service.yaml`.
"""

import argparse
import re
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

PARTS: Final = ("prometheus", "traces", "redis")
"""What can be added: lines that begin with # and its name, in cloudrun.yaml."""
_COLLECTORS: Final = {"prometheus", "traces"}
_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")
_TRAFFIC: Final = re.compile(r"^  traffic:\n.*", re.MULTILINE | re.DOTALL)


class ManifestError(ValueError):
    """A manifest that cannot be made; the text says why."""


def filled(text: str, values: Mapping[str, str], parts: Collection[str] = ()) -> str:
    """`text` with `parts` taken in and each name of `values` replaced, where it stands as a word of its own.

    Raises ManifestError for a value that could be anything but one word of YAML.
    """
    for part in PARTS:
        text = _taken_in(text, part) if part in parts else _left_out(text, part)
    if _COLLECTORS.isdisjoint(parts):
        text = _left_out(text, "collectors")
    else:
        text = _taken_in(re.sub(r"^.* #alone\n", "", text, flags=re.MULTILINE), "collectors")
    for name, value in values.items():
        if not _VALUE.fullmatch(value):
            raise ManifestError(f"{name} must be letters, digits and ./_-, not {value!r}")
        text = re.sub(rf"\b{name}\b", value, text)
    return text


def kept(text: str, serving: str, tag: str) -> str:
    """`text` whose revision gets no traffic and an address of its own, `tag`, while `serving` goes on with all of it.

    Raises ManifestError where `text` names no revision or no traffic.
    """
    name = re.search(r"^      name: (\S+)$", text, re.MULTILINE)
    if name is None or not _TRAFFIC.search(text):
        raise ManifestError("the manifest names no revision, or ends without traffic")
    lines = [
        "  traffic:",
        f"    - revisionName: {serving}",
        "      percent: 100",
        f"    - revisionName: {name[1]}",
        "      percent: 0",
        f"      tag: {tag}",
    ]
    return _TRAFFIC.sub("\n".join(lines) + "\n", text)


def _taken_in(text: str, part: str) -> str:
    return re.sub(rf"^( *)#{part} ", r"\1", text, flags=re.MULTILINE)


def _left_out(text: str, part: str) -> str:
    return re.sub(rf"^ *#{part} .*\n", "", text, flags=re.MULTILINE)


def main() -> int:
    """The exit code: 0 done, 2 what was asked for cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", type=Path)
    for name, text in (
        ("project", "id of the project"),
        ("region", "such as europe-west4"),
        ("bucket", "of the store, with its prefix where it has one"),
        ("revision", "git's, by which both images are tagged"),
    ):
        parser.add_argument(f"--{name}", required=True, help=text)
    parser.add_argument("--build", default="1", help="sets two deployments of one git revision apart (default 1)")
    parser.add_argument("--with", dest="parts", action="append", default=[], choices=PARTS, help="can be given again")
    parser.add_argument("--keep", metavar="REVISION", help="goes on serving; the new one is reached by its tag alone")
    parser.add_argument("--tag", default="next", help="of the new one, with --keep (default next)")
    options = parser.parse_args()
    values = {name.upper(): getattr(options, name) for name in ("project", "region", "bucket", "revision", "build")}
    try:
        text = filled(options.manifest.read_text(encoding="utf-8"), values, options.parts)
        sys.stdout.write(kept(text, options.keep, options.tag) if options.keep else text)
    except ManifestError as error:
        print(f"manifest: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
