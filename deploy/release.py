"""Brings a revision that was built into service: `python3 -m deploy.release --project P --region R --bucket B --revision abc`.

It is deployed without traffic, asked for a cut-out by an address of its own, given all traffic, and asked again; if that
second answer is wrong, what served before gets the traffic back. Needs gcloud and curl, and the standard library alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.manifest import PARTS, ManifestError, filled, kept

ROOT: Final = Path(__file__).resolve().parent.parent
TAG: Final = "next"


class ReleaseError(Exception):
    """The revision is not in service; the text says why, and what serves."""


@dataclass(frozen=True)
class Service:
    """One Cloud Run service, by the gcloud at hand."""

    project: str
    region: str
    name: str = "cutout"

    def described(self) -> dict[str, Any]:
        """As the API shows it. Raises ReleaseError."""
        return dict(json.loads(self._run("services", "describe", self.name, "--format=json")))

    def replace(self, manifest: str) -> None:
        """Deploys; returns when the new revision is ready. Raises ReleaseError."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(manifest)
            file.flush()
            self._run("services", "replace", file.name)

    def shift(self, revision: str) -> None:
        """Gives `revision` all traffic. Raises ReleaseError."""
        self._run("services", "update-traffic", self.name, f"--to-revisions={revision}=100")

    def _run(self, *arguments: str) -> str:
        where = (f"--project={self.project}", f"--region={self.region}", "--quiet")
        command = ["gcloud", "run", *arguments, *where]  # the operator's own, by PATH
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        if done.returncode != 0:
            raise ReleaseError(f"gcloud run {' '.join(arguments[:2])} failed, see above")
        return done.stdout


def serving(service: dict[str, Any]) -> str:
    """The revision that has all traffic. Raises ReleaseError where it is split: somebody is in the middle of something."""
    shares = [(str(each.get("revisionName")), each.get("percent", 0)) for each in service["status"]["traffic"]]
    for revision, percent in shares:  # one that has a tag, too, may stand there twice
        if percent == 100:
            return revision
    raise ReleaseError(f"traffic is split, {shares}: finish that first, with gcloud run services update-traffic")


def tagged(service: dict[str, Any], tag: str) -> tuple[str, str]:
    """The revision with that tag, and its address. Raises ReleaseError."""
    for each in service["status"]["traffic"]:
        if each.get("tag") == tag:
            return str(each["revisionName"]), str(each["url"])
    raise ReleaseError(f"no revision has the tag {tag}")


def smoke(url: str, revision: str) -> None:
    """Raises ReleaseError where the service at `url` is not `revision`, or cuts nothing out."""
    script = ROOT / "scripts" / "smoke"
    if subprocess.run([str(script), url, revision]).returncode != 0:  # noqa: S603
        raise ReleaseError(f"{url} did not pass scripts/smoke")


def release(service: Service, manifest: str, revision: str) -> None:
    """Deploys `manifest`, whose images are those of `revision`. Raises ReleaseError; what served before serves then."""
    before = serving(service.described())
    service.replace(kept(manifest, before, TAG))
    new, address = tagged(service.described(), TAG)
    smoke(address, revision)
    try:
        hand_over(service, new, revision)
    except ReleaseError as error:
        service.shift(before)
        raise ReleaseError(f"{error}; {before} has the traffic back") from error
    print(f"release: {new} serves. Back: gcloud run services update-traffic {service.name} --to-revisions={before}=100")


def hand_over(service: Service, new: str, revision: str) -> None:
    """Gives `new` all traffic, and asks the service whether it has it. Raises ReleaseError."""
    service.shift(new)
    after = service.described()
    if serving(after) != new:
        raise ReleaseError(f"{new} was given all traffic, and {serving(after)} has it")
    smoke(after["status"]["url"], revision)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 the revision serves, 1 it does not, 2 what was asked for cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("project", "region", "bucket", "revision"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--build", default="1", help="sets two deployments of one git revision apart (default 1)")
    parser.add_argument("--with", dest="parts", action="append", default=[], choices=PARTS, help="can be given again")
    options = parser.parse_args(arguments)
    values = {name.upper(): getattr(options, name) for name in ("project", "region", "bucket", "revision", "build")}
    try:
        manifest = filled((ROOT / "cloudrun.yaml").read_text(encoding="utf-8"), values, options.parts)
        release(Service(options.project, options.region), manifest, options.revision)
    except ManifestError as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
