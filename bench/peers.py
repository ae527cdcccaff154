"""Other packages' own code before and after the network, with a network that answers at once.

rembg: its `remove`, through its session for a network of 1024 pixels. transparent-background: its `Remover.process` and PNG or
other files as its command line saves them, with the transforms of its constructor; what its module imports besides
(torchvision, albumentations, downloaders) does nothing on this path and is stood in for by placeholders.
"""

import importlib
import io
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from tests.export.packages import bare

SIZE = 1024
QUALITY = 90
ABSENT = {
    "yaml": [],
    "easydict": ["EasyDict"],
    "wget": [],
    "gdown": [],
    "torchvision": [],
    "torchvision.transforms": ["Compose"],
    "albumentations": [],
    "albumentations.pytorch": [],
    "albumentations.core": [],
    "albumentations.core.transforms_interface": ["ImageOnlyTransform"],
    "transparent_background.InSPyReNet": ["InSPyReNet_SwinB"],
}

Cut = Callable[[bytes, str], bytes]
"""A picture's file and Pillow's name of an output format in, the cut-out's file out."""


def rembg_cut(mask: NDArray[np.uint8], *, decontaminate: bool) -> Cut:
    """rembg; its answer is a PNG, another format is saved from its picture as its users do."""
    from rembg import remove
    from rembg.sessions.dis_general_use import DisSession

    answer = [(mask / 255).astype(np.float32)[None, None]]
    session = object.__new__(DisSession)
    session.inner_session = SimpleNamespace(get_inputs=lambda: [SimpleNamespace(name="input")], run=lambda *_: answer)

    def cut(data: bytes, kind: str) -> bytes:
        if kind == "PNG":
            return bytes(remove(data, session=session, decontaminate=decontaminate))
        found = remove(Image.open(io.BytesIO(data)), session=session, decontaminate=decontaminate)
        return saved(found, kind)

    return cut


def transparent_background_cut(mask: NDArray[np.uint8]) -> Cut:
    """transparent-background, type "rgba", with its foreground estimation."""
    module = _remover_module()
    utils = sys.modules["transparent_background.utils"]
    from pymatting import estimate_foreground_ml

    answer = torch.from_numpy((mask / 255).astype(np.float32))[None, None]
    steps = [
        utils.static_resize([SIZE, SIZE]),
        utils.tonumpy(),
        utils.normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
        utils.totensor(),
    ]
    remover = object.__new__(module.Remover)
    remover.transform = lambda image: _all(steps, image)
    remover.device, remover.model, remover.matting_fn = "cpu", lambda _: answer, estimate_foreground_ml

    def cut(data: bytes, kind: str) -> bytes:
        return saved(remover.process(Image.open(io.BytesIO(data)).convert("RGB"), type="rgba"), kind)

    return cut


def saved(image: Image.Image, kind: str) -> bytes:
    """`image` as a file with Pillow's defaults, at our quality; on white where the format has no alpha."""
    if kind == "JPEG":
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image).convert("RGB")
    stream = io.BytesIO()
    image.save(stream, kind, quality=QUALITY)
    return stream.getvalue()


def _all(steps: list[Callable[[Any], Any]], value: Any) -> Any:
    for step in steps:
        value = step(value)
    return value


def _remover_module() -> ModuleType:
    bare("transparent_background", "")
    path = list(sys.path)
    for name, public in ABSENT.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update({each: type(each, (), {}) for each in public})
    module = importlib.import_module("transparent_background.Remover")
    sys.path[:] = path
    return module
