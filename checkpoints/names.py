"""What the pickle of a state dict may name, and what we make of each name."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Final, TypeVar

import numpy as np

from checkpoints.errors import FormatError

T = TypeVar("T")

MAX_DIMENSIONS: Final = 8
MAX_NUMBER: Final = 2**40
"""Of a size, an offset or a stride."""


@dataclass(frozen=True)
class Storage:
    """Numbers of one dtype under a key of the file."""

    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class View:
    """A contiguous tensor that begins at the number `offset` of a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Builder:
    """A function that a pickle may call, as we understand it."""

    build: Callable[[tuple[Any, ...]], object]


def _ordered_dict(arguments: tuple[Any, ...]) -> object:
    if arguments:
        raise FormatError("makes a dict in a way that torch does not")
    return {}


def _tensor(arguments: tuple[Any, ...]) -> View:
    """(storage, offset, shape, strides, requires_grad, hooks): refused unless it is contiguous and within its storage."""
    if len(arguments) < 4:
        raise FormatError("its pickle is broken")
    storage, offset, shape = expect(Storage, arguments[0]), _number(arguments[1]), _numbers(arguments[2])
    strides = _numbers(arguments[3])
    if prod(shape) and strides != _contiguous(shape, strides):
        raise FormatError(f"has a tensor of shape {list(shape)} that is not contiguous: save it with .contiguous()")
    if offset + prod(shape) > storage.count:
        raise FormatError(f"has a tensor of shape {list(shape)} that reaches beyond its storage")
    return View(storage, offset, shape)


def _contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of a contiguous tensor; those of dimensions of size 1 do not matter and are left as they are."""
    if len(strides) != len(shape):
        raise FormatError("its pickle is broken")
    return tuple(stride if shape[i] == 1 else prod(shape[i + 1 :]) for i, stride in enumerate(strides))


def _parameter(arguments: tuple[Any, ...]) -> View:
    return expect(View, arguments[0])


def storage_of(arguments: tuple[Any, ...]) -> Storage:
    """("storage", dtype, key, device, count), and in old files a sixth for views of storages, which is None today."""
    if len(arguments) not in (5, 6) or arguments[0] != "storage" or arguments[5:] not in ((), (None,)):
        raise FormatError("refers to something outside that is no storage")
    return Storage(expect(str, arguments[2]), expect(np.dtype, arguments[1]), _number(arguments[4]))


def _numbers(values: Any) -> tuple[int, ...]:
    if len(expect(tuple, values)) > MAX_DIMENSIONS:
        raise FormatError(f"has a tensor of more than {MAX_DIMENSIONS} dimensions")
    return tuple(_number(value) for value in values)


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < MAX_NUMBER:
        raise FormatError("has a tensor of impossible size")
    return value


def expect(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise FormatError("its pickle is broken")
    return value


NAMES: Final[dict[str, object]] = {
    "collections OrderedDict": Builder(_ordered_dict),
    "torch._utils _rebuild_tensor_v2": Builder(_tensor),
    "torch._utils _rebuild_parameter": Builder(_parameter),
    "torch DoubleStorage": np.dtype("<f8"),
    "torch FloatStorage": np.dtype("<f4"),
    "torch HalfStorage": np.dtype("<f2"),
    "torch LongStorage": np.dtype("<i8"),
    "torch IntStorage": np.dtype("<i4"),
    "torch ShortStorage": np.dtype("<i2"),
    "torch CharStorage": np.dtype("i1"),
    "torch ByteStorage": np.dtype("u1"),
    "torch BoolStorage": np.dtype("?"),
}
"""What a pickle may name, as `module name`. bfloat16 is absent because numpy has none."""
