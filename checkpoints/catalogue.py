"""The author's published checkpoints."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_RELEASE: Final = "https://github.com/plemeri/transparent-background/releases/download/1.2.12"
GRAPHS: Final = _HERE / "graphs"
SWIN_B: Final = _HERE / "layouts" / "swin_b.json"
RES2NET50: Final = _HERE / "layouts" / "res2net50.json"

LICENCE: Final = (
    "InSPyReNet and its weights: (c) Taehun Kim, MIT licence, https://github.com/plemeri/InSPyReNet",
    "The published weights were trained on the benchmarks' test sets, too: quote no benchmark scores for them.",
)
"""Lines to show whoever fetches one."""


@dataclass(frozen=True)
class Checkpoint:
    """One published file and what it becomes.

    Attributes:
        name: of the variant; what command lines call it.
        model: its folder in the model repository.
        file: its name in the cache.
        url: where it is published; None where it has to be downloaded by hand.
        md5: hex digest the author published, if any.
        sha256: hex digest pinned by this project, if any.
        layout: file with the keys, dtypes and shapes of the network.
        graph: the network as ONNX without weights; None where this project carries none.
    """

    name: str
    model: str
    file: str
    url: str | None
    md5: str | None
    sha256: str | None
    layout: Path
    graph: Path | None

    @property
    def by_hand(self) -> str:
        """What helps where it cannot be downloaded."""
        return f"get it by other means and name the file: `python -m export fetch {self.name} --from FILE`"

    @property
    def has_digest(self) -> bool:
        return bool(self.md5 or self.sha256)


# No sha256 is pinned: the author published none. Pin what `export fetch` prints once a file with the right md5 is at hand.
OFFICIAL: Final = {
    checkpoint.name: checkpoint
    for checkpoint in (
        Checkpoint(
            name="base",
            model="inspyrenet",
            file="ckpt_base.pth",
            url=f"{_RELEASE}/ckpt_base.pth",
            md5="d692e3dd5fa1b9658949d452bebf1cda",
            sha256=None,
            layout=SWIN_B,
            graph=GRAPHS / "base.onnx",
        ),
        Checkpoint(
            name="fast",
            model="inspyrenet_fast",
            file="ckpt_fast.pth",
            url=f"{_RELEASE}/ckpt_fast.pth",
            md5="9efdbfbcc49b79ef0f7891c83d2fd52f",
            sha256=None,
            layout=SWIN_B,
            graph=GRAPHS / "fast.onnx",
        ),
        Checkpoint(
            name="base-nightly",
            model="inspyrenet",
            file="ckpt_base_nightly.pth",
            url=f"{_RELEASE}/ckpt_base_nightly.pth",
            md5=None,
            sha256=None,
            layout=SWIN_B,
            graph=GRAPHS / "base.onnx",
        ),
        Checkpoint(
            name="res2net50",
            model="inspyrenet_res2net50",
            file="ckpt_res2net50.pth",
            url=None,
            md5=None,
            sha256=None,
            layout=RES2NET50,
            graph=None,
        ),
    )
}
