"""The author's code and timm, from their installed packages, without what their `__init__` files drag in.

`transparent_background` imports a graphical interface, `timm` all of its networks, and timm's layers ask torchvision for
names that nothing here calls. So parent packages are put in place without running their `__init__`, and torchvision is, for
the time of the import, a placeholder whose names refuse to be called. Every module that computes is the installed one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import cv2  # noqa: F401 - before the author's module puts its own folder on sys.path

PACKAGES = {
    "transparent_background": "",
    "kornia": "",
    "timm": "version",
    "timm.models": "",
    "timm.data": "constants",
}
"""Whose `__init__` is not run, parents first, each with the module whose public names its own modules ask it for."""

TORCHVISION = {
    "torchvision": [],
    "torchvision.models": [],
    "torchvision.models.feature_extraction": ["create_feature_extractor", "get_graph_node_names"],
    "torchvision.ops": [],
    "torchvision.ops.misc": ["FrozenBatchNorm2d"],
}
"""Modules and names that timm's layers import from torchvision."""


class Absent:
    """Stands for a name of torchvision."""

    def __init__(self, *_, **__):
        raise NotImplementedError("this is a placeholder: nothing that is compared may call torchvision")


@contextmanager
def without_torchvision() -> Iterator[None]:
    """Imports inside see placeholders; afterwards torchvision is what it was."""
    known = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "torchvision"}
    for module, names in TORCHVISION.items():
        sys.modules[module] = ModuleType(module)
        vars(sys.modules[module]).update(dict.fromkeys(names, Absent))
    try:
        yield
    finally:
        for module in TORCHVISION:
            del sys.modules[module]
        sys.modules.update(known)


def bare(name: str, constants: str) -> None:
    """Puts the package into place without its `__init__`, with the public names of its module `constants` if one is given."""
    package = ModuleType(name)
    package.__path__ = list(find_spec(name).submodule_search_locations)
    sys.modules[name] = package
    if constants:
        vars(package).update(vars(import_module(f"{name}.{constants}")))


def load(*modules: str) -> list[ModuleType]:
    """The installed modules of these names; what they append to sys.path is removed again."""
    path = list(sys.path)
    for name, constants in PACKAGES.items():
        bare(name, constants)
    with without_torchvision():
        loaded = [import_module(name) for name in modules]
    sys.path[:] = path
    return loaded
