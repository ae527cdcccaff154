"""The manifests as they are deployed, in every variant that can be asked for, and parts of them by name."""

from itertools import chain, combinations
from pathlib import Path
from typing import Any, Final

from deploy.manifest import PARTS, filled
from tests.deploy import strict

ROOT: Final = Path(__file__).parents[2]
VALUES: Final = {
    "PROJECT": "shop-1234", "REGION": "europe-west4", "BUCKET": "shop-cutout", "REVISION": "0123456789ab", "BUILD": "1a2b3c4d",
}  # fmt: skip
VARIANTS: Final = [
    *(("cloudrun.yaml", parts) for parts in chain.from_iterable(combinations(PARTS, n) for n in range(len(PARTS) + 1))),
    ("cloudrun-grpc.yaml", ()),
]


def service(name: str, parts: tuple[str, ...] = ()) -> dict[str, Any]:
    """The manifest `name` with `parts`, filled in."""
    return dict(strict.load(filled((ROOT / name).read_text(), VALUES, parts)))


def revision(service: dict[str, Any]) -> dict[str, Any]:
    """Its spec: containers and what they share."""
    return dict(service["spec"]["template"]["spec"])


def containers(service: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By name."""
    return {each["name"]: each for each in revision(service)["containers"]}


def variables(container: dict[str, Any]) -> dict[str, str]:
    """What stands in the manifest itself; secrets do not."""
    return {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}


def gib(container: dict[str, Any]) -> float:
    """Its memory."""
    text = str(container["resources"]["limits"]["memory"])
    return float(text.removesuffix("Gi")) if text.endswith("Gi") else float(text.removesuffix("Mi")) / 1024


def cpus(container: dict[str, Any]) -> int:
    """Its CPUs."""
    return int(container["resources"]["limits"]["cpu"])
