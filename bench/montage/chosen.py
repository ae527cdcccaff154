"""The cut-outs and the grounds that pictures are put together from, and where Debian's packages have them.

chosen.json names them: stamps whose outline is a clean one, and photographs, or parts of them, that show no subject.
"""

from pathlib import Path
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta
from PIL import Image

FILE: Final = Path(__file__).with_name("chosen.json")

Share = Annotated[float, Meta(ge=0, le=1)]


class MissingPackageError(FileNotFoundError):
    """Pictures that are not there, for want of packages."""


class Stamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cut-out. `flies`: it may be anywhere, without a shadow on the ground; `turns`: no side of it has to be up."""

    package: ClassVar[str] = "tuxpaint-stamps-default"
    file: str
    flies: bool = False
    turns: bool = False

    @property
    def kind(self) -> str:
        return self.file.partition("/")[0]

    @property
    def path(self) -> str:
        return f"usr/share/tuxpaint/stamps/{self.file}"


class Ground(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photograph without a subject in `part`: left, top, right and bottom as shares of its width and height."""

    package: str
    file: str
    part: tuple[Share, Share, Share, Share] = (0, 0, 1, 1)

    @property
    def path(self) -> str:
        return f"usr/share/{self.file}"


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stamps: list[Stamp]
    grounds: list[Ground]


def chosen(path: Path = FILE) -> Chosen:
    return msgspec.json.decode(path.read_bytes(), type=Chosen)


def require(these: Chosen, unpacked: Path) -> None:
    """Raises MissingPackageError unless all of them are in the folder that the packages were unpacked in."""
    every: tuple[Stamp | Ground, ...] = (*these.stamps, *these.grounds)
    missing = " ".join(sorted({each.package for each in every if not (unpacked / each.path).is_file()}))
    if missing:
        advice = f"`apt-get download {missing}`, then `dpkg -x FILE.deb {unpacked}` for each"
        raise MissingPackageError(f"{unpacked} lacks pictures of {missing}: {advice}")


def opened(this: Stamp | Ground, unpacked: Path) -> Image.Image:
    return Image.open(unpacked / this.path)
