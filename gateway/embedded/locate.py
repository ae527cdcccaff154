"""Find a Triton server on this machine: an installed one first, else the one inside the `nvidia-pytriton` wheel.

The wheel is used for its binary alone. Its Python backend needs two things that the wheel cannot promise: the stub
built for the running Python version, and that version's shared libpython, which not every Python has.
"""

import platform
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.embedded.errors import ServerNotFoundError

_STUB = "triton_python_backend_stub"
_INSTALL_WHEEL = "pip install --no-deps nvidia-pytriton==0.7.0"
_SYSTEM_LIBRARIES = ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/local/lib", "/usr/lib")


@dataclass(frozen=True)
class Host:
    """The machine and the Python that would run Triton; everything `find_server` looks at."""

    path: str
    """The PATH to search for an installed `tritonserver`."""
    platform: str = f"{platform.system()} {platform.machine()}"
    python: str = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages: tuple[Path, ...] = field(default_factory=lambda: tuple(map(Path, sys.path)))
    """Folders that Python packages are imported from."""
    libraries: tuple[Path, ...] = field(default_factory=lambda: _library_folders())
    """Folders to search for libpython, best first."""


@dataclass(frozen=True)
class Server:
    """A usable tritonserver and what belongs to it."""

    binary: Path
    backends: Path
    """The folder of its backends; complete when `native`, else to be assembled around `python/`."""
    stub: Path | None = None
    """The Python backend's stub; None when the server has a native ONNX Runtime backend and needs none."""
    libpython: Path | None = None
    """The shared library the stub links; None when it comes with the server."""
    libraries: Path | None = None
    """A folder of further shared libraries; None when the loader finds them by itself."""

    @property
    def native(self) -> bool:
        """Whether the server brings its own ONNX Runtime backend, as NVIDIA's image does."""
        return self.stub is None


def find_server(host: Host) -> Server:
    """Return the server to run. Raises ServerNotFoundError saying what was looked for and what to install."""
    reasons: list[str] = []
    for find in (_installed, _from_wheel):
        try:
            return find(host)
        except ServerNotFoundError as error:
            reasons.append(str(error))
    raise ServerNotFoundError("no Triton server to run: " + "; ".join(reasons))


def _installed(host: Host) -> Server:
    binary = shutil.which("tritonserver", path=host.path)
    if binary is None:
        raise ServerNotFoundError("no tritonserver on PATH")
    root = Path(binary).resolve().parent.parent
    backends = root / "backends"
    if (backends / "onnxruntime").is_dir():
        return Server(Path(binary), backends)
    stub = backends / "python" / _STUB
    if not stub.is_file():
        raise ServerNotFoundError(f"{binary} has neither an onnxruntime nor a python backend in {backends}")
    return Server(Path(binary), backends, stub, _libpython(stub, root / "lib", host))


def _from_wheel(host: Host) -> Server:
    if host.platform != "Linux x86_64":
        raise ServerNotFoundError(
            f"the embedded server exists for x86-64 Linux only, this is {host.platform}:"
            " point --triton at a server on another machine"
        )
    for folder in host.packages:
        root, libraries = folder / "pytriton" / "tritonserver", folder / "nvidia_pytriton.libs"
        if (root / "bin" / "tritonserver").is_file():
            stub = _wheel_stub(root, host.python)
            libpython = _libpython(stub, libraries, host)
            return Server(root / "bin" / "tritonserver", root / "backends", stub, libpython, libraries)
    raise ServerNotFoundError(f"the wheel that carries one is not installed: {_INSTALL_WHEEL}")


def _wheel_stub(root: Path, python: str) -> Path:
    stub = root / "python_backend_stubs" / python / _STUB
    if not stub.is_file():
        known = ", ".join(sorted((entry.name for entry in stub.parent.parent.iterdir()), key=_version))
        raise ServerNotFoundError(f"the nvidia-pytriton wheel supports Python {known}, this is {python}")
    return stub


def _libpython(stub: Path, bundled: Path, host: Host) -> Path | None:
    name = _linked_libpython(stub)
    if (bundled / name).is_file():
        return None
    if name != f"libpython{host.python}.so.1.0":
        raise ServerNotFoundError(f"{stub} is built for {name}, but this is Python {host.python}")
    for folder in host.libraries:
        if (folder / name).is_file():
            return folder / name
    raise ServerNotFoundError(
        f"Triton's Python backend needs {name}, which this Python does not have: install it with"
        f" `apt install libpython{host.python}`, or use a Python built with a shared library"
        f" (searched {', '.join(map(str, host.libraries))})"
    )


def _linked_libpython(stub: Path) -> str:
    # The dynamic section names it in plain text; the wheel's stub for one version links a renamed copy it brings along.
    match = re.search(rb"libpython3[\w.-]*\.so[.\d]*", stub.read_bytes())
    if match is None:
        raise ServerNotFoundError(f"{stub} links no libpython")
    return match[0].decode()


def _library_folders() -> tuple[Path, ...]:
    return tuple(dict.fromkeys(_candidates()))


def _candidates() -> Iterator[Path]:
    if configured := sysconfig.get_config_var("LIBDIR"):
        yield Path(configured)
    yield Path(sys.base_prefix) / "lib"
    yield from map(Path, _SYSTEM_LIBRARIES)


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdecimal())
