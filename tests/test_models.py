"""Which model is served: names, the default, and official weights placed when they are asked for."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.catalogue import LICENCE, Checkpoint
from checkpoints.errors import CheckpointError, DownloadError
from gateway.models import best, own_name, provide
from gateway.settings import Settings, SettingsError
from tests.checkpoints.server import publishing
from tests.official import configure, publish
from tests.standin import write_model


class Silent:
    """A Progress that keeps the lines."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def at(self, what: str, done: int, total: int | None) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def offered(tmp_path: Path) -> dict[str, Checkpoint]:
    """base and fast, published in the folder `published`, at no address."""
    (tmp_path / "published").mkdir()
    models = {"base": "inspyrenet", "fast": "inspyrenet_fast"}
    return {name: publish(tmp_path / "published", name, model) for name, model in models.items()}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Configured for both, with the demonstration model alone."""
    folder = tmp_path / "repository"
    configure(folder, "inspyrenet", "inspyrenet_fast")
    write_model(folder, "inspyrenet_demo")
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "cache").mkdir()
    return {"CUTOUT_CACHE": str(tmp_path / "cache")}


def cache(checkpoint: Checkpoint, environ: dict[str, str]) -> None:
    shutil.copy(checkpoint.layout.parent / checkpoint.file, environ["CUTOUT_CACHE"])


def version(repository: Path, checkpoint: Checkpoint) -> Path:
    return repository / checkpoint.model / "1"


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("base", "inspyrenet"),
        ("fast", "inspyrenet_fast"),
        ("demo", "inspyrenet_demo"),
        ("best", "inspyrenet_demo"),
        ("inspyrenet_fast", "inspyrenet_fast"),
        ("my_model", "my_model"),
    ],
)
def test_before_another_triton_a_name_is_only_mapped(tmp_path: Path, name: str, model: str) -> None:
    settings = Settings(triton="elsewhere:8001", repository=tmp_path / "none", model=name)
    assert provide(settings, {}, Silent()) == replace(settings, model=model)
    assert own_name(name) == model


def test_the_default_is_the_best_that_needs_no_network(repository, offered, environ):
    assert best(repository, environ, offered) == "demo"
    cache(offered["fast"], environ)
    assert best(repository, environ, offered) == "fast"
    cache(offered["base"], environ)
    assert best(repository, environ, offered) == "base"
    (repository / "inspyrenet" / "config.pbtxt").unlink()
    assert best(repository, environ, offered) == "fast"


def test_the_default_may_be_placed_already_and_there_may_be_no_home(repository, offered):
    assert best(repository, {}, offered) == "demo"
    version(repository, offered["fast"]).mkdir()
    assert best(repository, {}, offered) == "fast"


@pytest.mark.parametrize("asked", ["best", "fast"])
def test_what_is_in_the_cache_is_placed_without_a_network(repository, offered, environ, asked):
    cache(offered["fast"], environ)
    progress = Silent()
    settings = provide(Settings(repository=repository, model=asked), environ, progress, offered)
    assert settings.model == "inspyrenet_fast"
    assert sorted(file.name for file in version(repository, offered["fast"]).iterdir()) == ["model.data", "model.onnx"]
    assert not set(LICENCE) & set(progress.notes)


def test_what_is_asked_for_is_fetched_once_and_its_licence_shown(repository, offered, environ, tmp_path):
    progress, settings = Silent(), Settings(repository=repository, model="fast")
    with publishing((tmp_path / "published" / "fast.pth").read_bytes()) as published:
        offered["fast"] = replace(offered["fast"], url=published.url)
        assert provide(settings, environ, progress, offered).model == "inspyrenet_fast"
        assert provide(settings, environ, progress, offered).model == "inspyrenet_fast"
    assert len(published.asked) == 1
    assert [line for line in progress.notes if line in LICENCE] == list(LICENCE)


@pytest.mark.parametrize("asked", ["demo", "inspyrenet_demo", "best"])
def test_the_demonstration_is_served_without_a_word(repository, offered, environ, asked):
    progress = Silent()
    settings = Settings(repository=repository, model=asked)
    assert provide(settings, environ, progress, offered).model == "inspyrenet_demo"
    assert progress.notes == []


def test_what_cannot_be_had_says_what_to_do(repository, offered, environ):
    with pytest.raises(DownloadError, match=r"python -m export fetch .* --from FILE"):
        provide(Settings(repository=repository, model="fast"), environ, Silent(), offered)
    assert not version(repository, offered["fast"]).exists()


@pytest.mark.parametrize("name", ["fats", "../repository/inspyrenet", ""])
def test_an_unknown_name_is_refused_with_those_that_are_known(repository, offered, environ, name):
    allowed = "one of base, fast, demo, inspyrenet, inspyrenet_demo, inspyrenet_fast$"
    with pytest.raises(SettingsError, match=allowed) as refusal:
        provide(Settings(repository=repository, model=name), environ, Silent(), offered)
    assert repr(name) in str(refusal.value)


def test_only_what_the_repository_is_configured_for_is_offered(tmp_path, offered, environ):
    write_model(tmp_path / "own", "mine")
    for name in ("best", "fast"):
        with pytest.raises(SettingsError, match=r"--model names one of mine$"):
            provide(Settings(repository=tmp_path / "own", model=name), environ, Silent(), offered)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "model.data").write_bytes(b"short"),
        lambda folder: (folder / "model.data").unlink(),
        lambda folder: (folder / "model.onnx").write_bytes(b"no graph"),
        lambda folder: (folder / "model.onnx").write_bytes(b""),
        lambda folder: (folder / "model.onnx").unlink(),
    ],
    ids=["data cut off", "no data", "no graph", "empty graph", "graph missing"],
)
@pytest.mark.parametrize("asked", ["best", "fast"])
def test_a_damaged_one_is_named_and_neither_replaced_nor_passed_over(repository, offered, environ, asked, spoil):
    cache(offered["fast"], environ)
    settings = Settings(repository=repository, model=asked)
    provide(settings, environ, Silent(), offered)
    folder = version(repository, offered["fast"])
    spoil(folder)
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(CheckpointError, match=f"^{folder}: is damaged: delete that folder"):
        provide(settings, environ, Silent(), offered)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == files
    provide(replace(settings, model="inspyrenet_fast"), environ, Silent(), offered)  # Triton may have a look at it


@pytest.mark.parametrize("asked", ["best", "base"])
def test_an_operators_own_version_is_left_alone(repository, offered, environ, asked):
    cache(offered["base"], environ)
    (repository / "inspyrenet" / "2").mkdir()
    assert provide(Settings(repository=repository, model=asked), environ, Silent(), offered).model == "inspyrenet"
    assert not version(repository, offered["base"]).exists()
