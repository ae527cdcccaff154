"""A name in the store."""

from pathlib import PurePosixPath

from gateway.store.names import checked
from tests.fuzz.target import Target

ROOT = PurePosixPath("/store")


def run(data: bytes) -> None:
    name = checked(data.decode("utf-8", "surrogateescape"))
    path = ROOT / name
    assert path.is_relative_to(ROOT) and path != ROOT and not any(part.startswith(".") for part in path.parts)
    assert str(path) == f"{ROOT}/{name}"  # one name, one file
    assert name.isascii() and name.isprintable() and len(name) <= 900


TARGET = Target(
    "object_name",
    run,
    (ValueError,),
    (b"/", b"//", b"../", b"..", b".", b"\\", b"\0", b"\n", b"%2e%2e%2f", b"~", b"cache/files/", b"a" * 200),
)
