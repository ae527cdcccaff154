"""Reading what torch wrote, and refusing what it did not."""

import random
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from checkpoints import archive
from checkpoints.errors import CheckpointError, FormatError, LayoutError, MissingError
from tests.checkpoints.networks import random_state


def save(state: object, path: Path, zipped: bool = True) -> Path:
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    return path


@pytest.fixture(params=[True, False], ids=["zip", "legacy"])
def zipped(request) -> bool:
    return request.param


def rewrite(path: Path, target: Path, change) -> Path:
    """A copy of a zip with its entries, a list of (name, bytes, compression), changed."""
    with zipfile.ZipFile(path) as old:
        entries = [(name, old.read(name), zipfile.ZIP_STORED) for name in old.namelist()]
    with zipfile.ZipFile(target, "w") as new:
        for name, data, compression in change(entries):
            new.writestr(name, data, compression)
    return target


def same(tensors, state) -> None:
    assert list(tensors) == list(state)
    for key, tensor in state.items():
        found = tensors[key].read()
        assert found.dtype == tensor.numpy().dtype
        assert found.shape == tuple(tensor.shape) == tensors[key].shape
        assert found.tobytes() == tensor.contiguous().numpy().tobytes()


def test_every_tensor_is_what_torch_saved(tmp_path, zipped):
    state = random_state()
    same(archive.read(save(state, tmp_path / "c.pth", zipped)), state)


def test_a_modules_state_dict_has_notes_that_do_not_matter(tmp_path, zipped):
    module = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1), torch.nn.BatchNorm2d(3))
    assert module.state_dict()._metadata
    same(archive.read(save(module.state_dict(), tmp_path / "c.pth", zipped)), module.state_dict())


def test_parameters_and_an_ordered_dict(tmp_path, zipped):
    parameter = torch.nn.Parameter(torch.arange(4.0))
    tensors = archive.read(save(OrderedDict(w=parameter), tmp_path / "c.pth", zipped))
    same(tensors, {"w": parameter.detach()})


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "int16", "int32", "uint8", "bool"])
def test_dtypes(tmp_path, zipped, dtype):
    state = {"w": torch.arange(6).reshape(2, 3).to(getattr(torch, dtype))}
    same(archive.read(save(state, tmp_path / "c.pth", zipped)), state)


def test_tensors_that_share_a_storage(tmp_path, zipped):
    whole = torch.arange(12.0)
    state = {"first": whole[:4], "second": whole[4:].view(2, 4), "whole": whole}
    same(archive.read(save(state, tmp_path / "c.pth", zipped)), state)


def test_strides_of_single_rows_do_not_matter(tmp_path, zipped):
    state = {"w": torch.arange(8.0).view(4, 2)[:1]}
    same(archive.read(save(state, tmp_path / "c.pth", zipped)), state)


def test_empty_tensors(tmp_path):
    state = {"w": torch.zeros(0, 3)}
    same(archive.read(save(state, tmp_path / "c.pth")), state)


@pytest.mark.parametrize(
    ("state", "kind", "text"),
    [
        ({"w": torch.arange(6.0).view(2, 3).t()}, FormatError, "not contiguous"),
        ({"w": torch.zeros(1).expand(5)}, FormatError, "not contiguous"),
        ({"w": torch.zeros(2, dtype=torch.bfloat16)}, FormatError, r"torch\.BFloat16Storage"),
        ({"w": torch.zeros(*[1] * 9)}, FormatError, "more than 8 dimensions"),
        ([torch.zeros(2)], FormatError, "does not hold a state dict"),
        ({"state_dict": {"w": torch.zeros(2)}}, LayoutError, "'state_dict' is no tensor"),
        ({"w": torch.zeros(2), "epoch": 3}, LayoutError, "'epoch' is no tensor"),
        (torch.nn.Linear(2, 2), FormatError, r"torch\.nn\.modules\.linear\.Linear"),
    ],
    ids=["transposed", "expanded", "bfloat16", "dimensions", "list", "wrapped", "number", "module"],
)
def test_what_is_no_plain_state_dict_is_refused(tmp_path, zipped, state, kind, text):
    path = save(state, tmp_path / "c.pth", zipped)
    with pytest.raises(kind, match=text) as refusal:
        archive.read(path)
    assert str(refusal.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.write_bytes(b""),
    ],
    ids=["absent", "folder", "empty"],
)
def test_no_file_at_all(tmp_path, spoil):
    path = save(random_state(), tmp_path / "c.pth")
    spoil(path)
    with pytest.raises(MissingError, match=r"c\.pth"):
        archive.read(path)


@pytest.mark.parametrize(
    "content",
    [b"<html>not found</html>", b"PK\x03\x04 but no zip", b"\x80\x02.", b"\x80\x02K\x01.", bytes(5000), b"\x89PNG\r\n"],
    ids=["html", "zip magic", "empty pickle", "another pickle", "zeros", "picture"],
)
def test_garbage_is_refused(tmp_path, content):
    (tmp_path / "c.pth").write_bytes(content)
    with pytest.raises(FormatError):
        archive.read(tmp_path / "c.pth")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(tmp_path, zipped, share):
    path = save(random_state(), tmp_path / "c.pth", zipped)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FormatError, match=r"damaged|broken|torch\.save"):
        archive.read(path)


def test_damaged_numbers_are_seen_when_they_are_read(saved, tmp_path):
    path = tmp_path / "c.pth"
    data = bytearray(saved.read_bytes())
    at = data.index(random_state()["head.weight"].numpy().tobytes())
    data[at + 1000] ^= 1
    path.write_bytes(data)
    tensors = archive.read(path)
    tensors["stem.weight"].read()
    with pytest.raises(FormatError, match="damaged"):
        tensors["head.weight"].read()


def renamed(entries, old: str, new: str):
    return [(name.replace(old, new), data, compression) for name, data, compression in entries]


def changed(entries, ending: str, data: bytes):
    return [(n, data if n.endswith(ending) else d, c) for n, d, c in entries]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda entries: [(n, d, zipfile.ZIP_DEFLATED) for n, d, _ in entries], "compressed"),
        (lambda entries: [*entries, ("x/bomb", bytes(10**7), zipfile.ZIP_DEFLATED)], "'x/bomb' is compressed"),
        (lambda entries: renamed(entries, "/data.pkl", "/other.pkl"), "none that torch.save wrote"),
        (
            lambda entries: [*entries, ("other/data.pkl", b"\x80\x02}.", zipfile.ZIP_STORED)],
            "none that torch.save wrote",
        ),
        (lambda entries: renamed(entries, "/data/5", "/data/x"), "storage '5' are missing"),
        (lambda entries: changed(entries, "/data/5", b"short"), "storage '5' are missing or of another size"),
        (lambda entries: changed(entries, "/byteorder", b"big"), "big-endian"),
        (lambda entries: changed(entries, "/data.pkl", bytes(5_000_000)), "5,000,000 bytes, and 2,000,000 are allowed"),
    ],
    ids=["compressed", "bomb", "no pickle", "two pickles", "no storage", "short storage", "big-endian", "huge pickle"],
)
def test_zips_that_torch_does_not_write(saved, tmp_path, change, text):
    with pytest.raises(FormatError, match=text):
        archive.read(rewrite(saved, tmp_path / "c.pth", change))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name(saved, tmp_path):
    path = rewrite(saved, tmp_path / "c.pth", lambda entries: [*entries, entries[-1]])
    with pytest.raises(FormatError, match="two entries"):
        archive.read(path)


def test_an_entry_beyond_the_end_of_the_file(saved, tmp_path):
    data = bytearray(saved.read_bytes())
    name = b"small/data/5"
    central = data.rindex(name) - 46
    size = (2**31).to_bytes(4, "little")
    data[central + 20 : central + 28] = size + size
    (tmp_path / "c.pth").write_bytes(data)
    with pytest.raises(FormatError, match="damaged"):
        archive.read(tmp_path / "c.pth")


@pytest.mark.filterwarnings("ignore:invalid escape sequence")  # of text that pickletools decodes before we refuse it
def test_whatever_is_broken_the_refusal_is_ours(tmp_path, zipped):
    chance = random.Random(0)
    path = save({"w": torch.arange(5.0), "n": torch.tensor(3)}, tmp_path / "c.pth", zipped)
    whole = path.read_bytes()
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 8])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            for tensor in archive.read(path).values():
                assert isinstance(tensor.read(), np.ndarray)
        except CheckpointError:
            pass
