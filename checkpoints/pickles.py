"""Pickles of plain state dicts, read without running them.

A pickle is a program for a stack machine, and Python's own machine calls whatever the program names. The one below knows the
operations that `torch.save` writes for a dict of tensors (protocol 2) and the few names in `NAMES`; it refuses all others.
It never recurses into what it builds, and what it builds grows no faster than the pickle.
"""

import pickletools
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from checkpoints.errors import FormatError, LayoutError
from checkpoints.names import NAMES, Builder, View, expect, storage_of

MAX_BYTES: Final = 2_000_000
"""Of pickles in a file; those of the largest official state dict take a tenth of it."""


def load(stream: BinaryIO) -> object:
    """The next pickle's value, of dicts, lists, tuples, strings, numbers and Views; the stream stands behind it afterwards.

    The caller bounds the stream to MAX_BYTES. Raises FormatError.
    """
    machine = Machine()
    for name, argument in _operations(stream):
        try:
            machine.step(name, argument)
        except (IndexError, KeyError) as exc:  # an empty stack, a number nobody remembered
            raise FormatError("its pickle is broken") from exc
    return machine.result


def load_state(stream: BinaryIO) -> dict[str, View]:
    """The next pickle, which has to be a dict of tensors. Raises FormatError, and LayoutError when it holds something else."""
    state = load(stream)
    if not isinstance(state, dict):
        raise FormatError("does not hold a state dict")
    for name, value in state.items():
        if not isinstance(value, View):
            raise LayoutError(f"its entry {name[:200]!r} is no tensor; a plain state dict is needed")
    return state


def _operations(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    try:
        for operation, argument, _ in pickletools.genops(stream):
            yield operation.name, argument
    except ValueError as exc:  # an unknown operation, or the end of the stream within one
        raise FormatError("its pickle is broken") from exc


class Machine:
    """The stack, the positions that MARK remembers on it, and the memo."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.result: object = None

    def step(self, name: str, argument: Any) -> None:
        """One operation. Raises FormatError, IndexError and KeyError."""
        match name:
            case "PROTO":
                pass
            case "STOP":
                self.result = self.pop()
            case "NONE" | "NEWTRUE" | "NEWFALSE" | "EMPTY_TUPLE":
                self.stack.append(_CONSTANTS[name])
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINUNICODE":
                self.stack.append(argument)
            case "EMPTY_DICT":
                self.stack.append({})
            case "EMPTY_LIST":
                self.stack.append([])
            case "MARK":
                self.marks.append(len(self.stack))
            case "TUPLE":
                self.stack.append(tuple(self.pop_to_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                self.stack.append(tuple(self.pop_many(int(name[-1]))))
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = self.stack[-1]
            case "BINGET" | "LONG_BINGET":
                self.stack.append(self.memo[argument])
            case "SETITEM":
                self.set_items(self.pop_many(2))
            case "SETITEMS":
                self.set_items(self.pop_to_mark())
            case "APPENDS":
                items = self.pop_to_mark()
                expect(list, self.stack[-1]).extend(items)
            case "APPEND":
                item = self.pop()
                expect(list, self.stack[-1]).append(item)
            case "GLOBAL":
                self.stack.append(_named(argument))
            case "REDUCE":
                arguments = expect(tuple, self.pop())
                self.stack.append(expect(Builder, self.pop()).build(arguments))
            case "BINPERSID":
                self.stack.append(storage_of(expect(tuple, self.pop())))
            case "BUILD":  # the notes that torch hangs on a state dict; not needed, so not kept
                if expect(dict, self.pop()).keys() != {"_metadata"}:
                    raise FormatError("sets attributes of an object, which a plain state dict has no need of")
                expect(dict, self.stack[-1])
            case _:
                raise FormatError(f"its pickle has the operation {name}, which a plain state dict has no need of")

    def pop(self) -> Any:
        return self.stack.pop()

    def pop_many(self, count: int) -> list[Any]:
        return [self.stack.pop() for _ in range(count)][::-1]

    def pop_to_mark(self) -> list[Any]:
        at = self.marks.pop()
        items = self.stack[at:]
        del self.stack[at:]
        return items

    def set_items(self, items: list[Any]) -> None:
        target = expect(dict, self.stack[-1])
        for key, value in zip(items[::2], items[1::2], strict=False):
            target[expect(str, key)] = value  # text only: hashing a deeply nested key would overflow the C stack


def _named(name: str) -> object:
    if name not in NAMES:
        shown = ".".join(name[:100].split(" "))
        raise FormatError(
            f"holds {shown!r}, and a state dict of plain tensors has no such thing: it was not read further"
        )
    return NAMES[name]


_CONSTANTS: Final[dict[str, Any]] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
