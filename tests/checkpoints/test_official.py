"""From a name to a model in the repository, and what is said on the way."""

import hashlib

import onnx
import pytest

from checkpoints import layout, metadata
from checkpoints.catalogue import LICENCE, OFFICIAL
from checkpoints.errors import MissingError
from checkpoints.fetch import adopt
from checkpoints.official import carried_graph, install, installed, is_placed
from tests.checkpoints.server import publishing


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "graph.onnx"
    path.write_bytes(onnx.ModelProto(ir_version=10, producer_name="test").SerializeToString())
    return path


def test_one_call_fetches_and_places(entry, graph, saved, tmp_path, heard):
    repository, cache = tmp_path / "repository", tmp_path / "cache"
    with publishing(saved.read_bytes()) as server:
        checkpoint = entry(url=server.url, graph=graph)
        assert not is_placed(checkpoint, repository)
        install(checkpoint, repository, cache, heard)
        install(checkpoint, repository, cache, heard)
        assert len(server.asked) == 1
    version = repository / "inspyrenet_small" / "1"
    assert is_placed(checkpoint, repository)
    assert metadata.read(version / "model.onnx") == {
        "variant": "small",
        "precision": "fp32",
        "weights_sha256": hashlib.sha256(saved.read_bytes()).hexdigest(),
        "data_bytes": str(layout.data_size(layout.load(checkpoint.layout))),
    }
    assert sum("Placed small" in note for note in heard.notes) == 1


def test_a_checkpoint_in_the_cache_needs_no_network(entry, graph, saved, tmp_path, heard):
    checkpoint = entry(graph=graph)
    adopt(checkpoint, saved, tmp_path / "cache", heard)
    install(checkpoint, tmp_path / "repository", tmp_path / "cache", heard)
    assert is_placed(checkpoint, tmp_path / "repository")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda version: (version / "model.data").unlink(),
        lambda version: (version / "model.data").write_bytes(b"short"),
        lambda version: (version / "model.onnx").unlink(),
        lambda version: (version / "model.onnx").write_bytes(b""),
        lambda version: (version / "model.onnx").write_bytes(metadata.encode({"variant": "another"})),
    ],
    ids=["no data", "short data", "no graph", "empty graph", "another variant"],
)
def test_half_a_model_is_placed_again(entry, graph, saved, tmp_path, heard, spoil):
    checkpoint, repository = entry(graph=graph), tmp_path / "repository"
    adopt(checkpoint, saved, tmp_path / "cache", heard)
    install(checkpoint, repository, tmp_path / "cache", heard)
    spoil(repository / "inspyrenet_small" / "1")
    assert not is_placed(checkpoint, repository)
    install(checkpoint, repository, tmp_path / "cache", heard)
    assert is_placed(checkpoint, repository)


@pytest.mark.parametrize("absent", [True, False], ids=["none", "lost"])
def test_without_a_graph_the_export_is_named_before_anything_is_fetched(entry, tmp_path, heard, absent):
    checkpoint = entry(graph=None if absent else tmp_path / "lost.onnx", url="http://127.0.0.1:1/")
    with pytest.raises(MissingError, match="python -m export onnx --variant small"):
        install(checkpoint, tmp_path / "repository", tmp_path / "cache", heard)


def test_the_smallest_of_the_family_has_to_be_exported():
    with pytest.raises(MissingError, match="--variant res2net50"):
        carried_graph(OFFICIAL["res2net50"])


def test_an_empty_repository_has_nothing_installed(tmp_path):
    assert installed(tmp_path) == []


def test_what_is_installed_is_told_by_its_facts(tmp_path):
    version = tmp_path / "inspyrenet" / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(metadata.encode({"variant": "base-nightly", "data_bytes": "9"}))
    (version / "model.data").write_bytes(bytes(9))
    assert installed(tmp_path) == ["base-nightly"]


def test_the_catalogue_is_whole():
    for name, checkpoint in OFFICIAL.items():
        assert checkpoint.name == name
        assert checkpoint.layout.is_file()
        assert checkpoint.url is None or checkpoint.url.endswith(f"/{checkpoint.file}")
    assert "MIT" in LICENCE[0]
    assert "no benchmark scores" in LICENCE[1]
