"""Pickles that are after more than tensors."""

import collections
import io
import os
import pickle
import struct

import pytest

from checkpoints import pickles
from checkpoints.errors import FormatError

OPEN = b"\x80\x02"
STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def tensor(offset: bytes, shape: bytes, strides: bytes) -> bytes:
    """The pickle of a dict with one view of a storage of four numbers."""
    return OPEN + b"}X\x01\x00\x00\x00w" + REBUILD + b"(" + STORAGE + offset + shape + strides + b"\x89}tRs."


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


class Command:
    """What runs when Python's own unpickler reads it."""

    def __reduce__(self):
        return os.system, ("touch pwned",)


def load(data: bytes) -> object:
    return pickles.load(io.BytesIO(data))


def test_a_view_of_a_storage():
    state = load(tensor(b"K\x01", b"K\x03\x85", b"K\x01\x85"))
    assert state["w"].offset == 1
    assert state["w"].shape == (3,)
    assert state["w"].storage.key == "0"


def test_plain_values_as_python_writes_them():
    value = {
        "a": (1, 300, -70000, 2**70),
        "b": [],
        "c": [None, True, False],
        "d": [()],
        "e": ("x", (1, 2), (1, 2, 3, 4)),
    }
    assert load(pickle.dumps(value, 2)) == value


def test_the_stream_stands_behind_the_pickle():
    stream = io.BytesIO(pickle.dumps(1, 2) + pickle.dumps("two", 2) + b"rest")
    assert (pickles.load(stream), pickles.load(stream), stream.read()) == (1, "two", b"rest")


def test_a_command_is_named_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError, match=r"holds '(posix|nt|os)\.system'"):
        load(pickle.dumps({"w": Command()}, 2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (OPEN + b"cbuiltins\neval\n.", "builtins.eval"),
        (OPEN + b"ccollections\nOrderedDict.fromkeys\n.", "OrderedDict.fromkeys"),
        (OPEN + b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "__globals__"),
        (OPEN + b"ctorch.storage\n_load_from_bytes\n.", "_load_from_bytes"),
        (b"(S'touch pwned'\nios\nsystem\n.", "operation"),
        (OPEN + b"(cos\nsystem\nX\x01\x00\x00\x00xo.", "os.system"),
        (b"(X\x01\x00\x00\x00xios\nsystem\n.", "operation INST"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "operation"),
        (b"\x80\x02\x82\x01.", "operation EXT1"),
        (b"\x80\x02ccollections\nOrderedDict\n)\x81.", "operation NEWOBJ"),
        (b"\x80\x02P1\n.", "operation PERSID"),
        (OPEN + b"ccollections\nOrderedDict\n(]tR.", "in a way that torch does not"),
        (OPEN + b"})R.", "broken"),
        (OPEN + b"ctorch\nFloatStorage\n)R.", "broken"),
        (OPEN + b"}}X\x01\x00\x00\x00aK\x01sb.", "attributes"),
        (OPEN + b"(X\x06\x00\x00\x00modulectorch\nFloatStorage\ntQ.", "no storage"),
        (OPEN + b"j\xff\xff\xff\xff.", "broken"),
        (OPEN + b"X\xff\xff\xff\xffabc.", "broken"),
        (OPEN + b"\x8a\xff\x01.", "broken"),
        (OPEN + b"u.", "broken"),
        (OPEN + b"\x87.", "broken"),
        (OPEN, "broken"),
        (OPEN + b".", "broken"),
        (OPEN + b"}(K\x01K\x02u.", "broken"),
        (b"", "broken"),
        (b"\xff\xff", "broken"),
    ],
    ids=[
        "global", "attribute", "globals", "load from bytes", "STRING", "OBJ", "INST", "STACK_GLOBAL", "extension",
        "NEWOBJ", "PERSID", "arguments", "call a dict", "call a dtype", "BUILD", "persistent id", "memo", "huge text",
        "huge number", "no mark", "empty stack", "no end", "nothing", "number as key", "empty", "unknown",
    ],
)  # fmt: skip
def test_what_a_plain_state_dict_has_no_need_of_is_refused(data, text):
    with pytest.raises(FormatError, match=text):
        load(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (tensor(b"K\x02", b"K\x03\x85", b"K\x01\x85"), "beyond its storage"),
        (tensor(number(-1), b"K\x03\x85", b"K\x01\x85"), "impossible size"),
        (tensor(b"K\x00", number(-3) + b"\x85", b"K\x01\x85"), "impossible size"),
        (tensor(b"K\x03", b"K\x03\x85", number(-1) + b"\x85"), "impossible size"),
        (tensor(b"K\x00", b"K\x02K\x02\x86", b"K\x01K\x01\x86"), "not contiguous"),
        (tensor(b"K\x00", b"K\x02K\x02\x86", b"K\x01K\x02\x86"), "not contiguous"),
        (tensor(b"K\x00", b"K\x04\x85", b")"), "broken"),
        (tensor(b"K\x00", b"\x8a\xff" + b"\x7f" * 255 + b"\x85", b"K\x01\x85"), "impossible size"),
        (tensor(b"\x88", b"K\x01\x85", b"K\x01\x85"), "impossible size"),
        (OPEN + REBUILD + b")R.", "broken"),
    ],
    ids=[
        "outside", "negative offset", "negative shape", "negative stride", "overlapping", "transposed", "no strides",
        "astronomic", "bool as offset", "no arguments",
    ],
)  # fmt: skip
def test_a_tensor_that_cannot_be_is_refused(data, text):
    with pytest.raises(FormatError, match=text):
        load(data)


@pytest.mark.parametrize(
    "data",
    [
        OPEN + b")" + b"\x85" * 200_000 + b".",
        OPEN + b"(" * 200_000 + b"t" * 200_000 + b".",
        OPEN + b"]q\x00" + b"h\x00a" * 100_000 + b".",
    ],
    ids=["tuples", "marks", "list in itself"],
)
def test_deep_nesting_harms_nobody(data):
    assert isinstance(load(data), tuple | list)


def test_a_deeply_nested_key_is_refused():
    with pytest.raises(FormatError):
        load(OPEN + b"})" + b"\x85" * 200_000 + b"K\x01s.")


def test_what_python_itself_cannot_name_is_shown_safely():
    with pytest.raises(FormatError, match=r"\\x1b"):
        load(OPEN + b"cos\n\x1b[2J\n.")


def test_an_ordered_dict_is_a_dict():
    assert load(pickle.dumps(collections.OrderedDict(), 2)) == {}
