"""Assemble, in a private folder, what tritonserver is pointed at."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway.embedded.locate import Server

_OUR_BACKENDS = Path(__file__).parent / "backends"


@dataclass(frozen=True)
class Layout:
    """The paths of one assembled run."""

    backends: Path
    repository: Path
    libraries: tuple[Path, ...]
    """For LD_LIBRARY_PATH."""


def assemble(directory: Path, server: Server, repository: Path) -> Layout:
    """Fill the empty folder `directory` and return where things are.

    The repository is reached through a link: Triton passes model paths to a shell without quotes, and `directory` is
    known to have no blanks. Backends are copies, 3 MB: Triton refuses a backend whose file is a link to elsewhere.
    """
    models = directory / "models"
    models.symlink_to(repository.resolve())
    if server.stub is None:
        return Layout(server.backends, models, ())
    backends = directory / "backends"
    _copy_folder(server.backends / "python", backends / "python")
    shutil.copy(server.stub, backends / "python")
    for backend in _OUR_BACKENDS.iterdir():
        _copy_folder(backend, backends / backend.name)
    return Layout(backends, models, tuple(_libraries(directory / "lib", server)))


def _libraries(folder: Path, server: Server) -> list[Path]:
    found = [server.libraries] if server.libraries else []
    if server.libpython is None:
        return found
    # libpython alone is linked: its own folder may hold libraries that must not come before the server's.
    folder.mkdir()
    (folder / server.libpython.name).symlink_to(server.libpython)
    return [folder, *found]


def _copy_folder(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
