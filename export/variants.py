"""The family: one network, several sizes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from torch import nn

from export.efficientnet import EfficientNetLite
from export.inspyrenet import InSPyReNet
from export.published import EFFICIENTNET_LITE2, Published
from export.res2net import Res2Net
from export.swin import Swin


@dataclass(frozen=True)
class Variant:
    """One member of the family.

    Attributes:
        name: what the command line calls it.
        model: its folder in the model repository.
        size: side S of the square pictures it sees.
        depth: channels of everything after the backbone.
        backbone: builds an uninitialised backbone.
        published: weights that its backbone, an EfficientNetLite, starts from in training; None: random ones.
    """

    name: str
    model: str
    size: int
    depth: int
    backbone: Callable[[], nn.Module]
    published: Published | None = None

    def build(self, size: int | None = None) -> InSPyReNet:
        """The network with random weights, for pictures of side `size` (the variant's own by default)."""
        return InSPyReNet(self.backbone(), self.depth, size or self.size)

    def untrained(self) -> InSPyReNet:
        """What training starts from. Raises CheckpointError: the published weights of the backbone are not there."""
        network = self.build()
        if self.published:
            cast(EfficientNetLite, network.backbone).adopt(self.published.find())
        return network


def _swin_b() -> Swin:
    return Swin(dim=128, depths=(2, 2, 18, 2), heads=(4, 8, 16, 32), window=12)


def _res2net50() -> Res2Net:
    return Res2Net(stem=64, planes=64, depths=(3, 4, 6, 3))


def _res2net_nano() -> Res2Net:
    return Res2Net(stem=32, planes=24, depths=(2, 2, 3, 2))


def _res2net_small() -> Res2Net:
    return Res2Net(stem=32, planes=32, depths=(2, 3, 4, 3))


def _swin_nano() -> Swin:
    return Swin(dim=40, depths=(2, 2, 6, 2), heads=(2, 4, 8, 16), window=6)


def _efficientnet_lite2() -> EfficientNetLite:
    return EfficientNetLite(widths=(16, 24, 48, 88, 120, 208, 352), depths=(1, 3, 3, 4, 4, 5, 1))


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("base", "inspyrenet", 1024, 64, _swin_b),
        Variant("fast", "inspyrenet_fast", 384, 64, _swin_b),
        Variant("base-nightly", "inspyrenet", 1024, 64, _swin_b),
        Variant("res2net50", "inspyrenet_res2net50", 384, 64, _res2net50),
        Variant("demo", "inspyrenet_demo", 384, 16, _res2net_nano),
        Variant("demo-small", "inspyrenet_demo", 384, 16, _res2net_small),
        Variant("demo-swin", "inspyrenet_demo", 384, 16, _swin_nano),
        Variant("demo-lite", "inspyrenet_demo", 384, 16, _efficientnet_lite2, EFFICIENTNET_LITE2),
    )
}
