from pathlib import Path

import pytest

from gateway.embedded import ServerNotFoundError
from gateway.embedded.locate import Host, find_server

STUB = "triton_python_backend_stub"


def host(tmp_path: Path, *, platform: str = "Linux x86_64", python: str = "3.11") -> Host:
    return Host(str(tmp_path / "bin"), platform, python, (tmp_path / "site",), (tmp_path / "usr-lib",))


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def put_wheel(tmp_path: Path, library: str = "libpython3.11.so.1.0") -> Path:
    root = tmp_path / "site" / "pytriton" / "tritonserver"
    put(root / "python_backend_stubs" / "3.11" / STUB, b"\x7fELF\0" + library.encode() + b"\0libc.so.6")
    (root / "backends" / "python").mkdir(parents=True)
    return put(root / "bin" / "tritonserver")


def test_the_wheel_is_found_with_its_stub_and_the_pythons_library(tmp_path: Path) -> None:
    binary = put_wheel(tmp_path)
    library = put(tmp_path / "usr-lib" / "libpython3.11.so.1.0")
    server = find_server(host(tmp_path))
    assert (server.binary, server.libpython, server.native) == (binary, library, False)
    assert server.stub is not None
    assert server.stub.parent.name == "3.11"


def test_a_library_that_the_wheel_brings_is_not_searched_for(tmp_path: Path) -> None:
    put_wheel(tmp_path, "libpython3-419a3a08.13.so.1.0")
    put(tmp_path / "site" / "nvidia_pytriton.libs" / "libpython3-419a3a08.13.so.1.0")
    assert find_server(host(tmp_path)).libpython is None


def test_an_installed_server_comes_first(tmp_path: Path) -> None:
    put_wheel(tmp_path)
    put(tmp_path / "usr-lib" / "libpython3.11.so.1.0")
    binary = put(tmp_path / "bin" / "tritonserver")
    (tmp_path / "backends" / "onnxruntime").mkdir(parents=True)
    server = find_server(host(tmp_path))
    assert (server.binary, server.native) == (binary, True)


@pytest.mark.parametrize(
    ("wheel", "changes", "message"),
    [
        pytest.param(False, {}, r"pip install --no-deps nvidia-pytriton==0\.7\.0", id="no wheel"),
        pytest.param(True, {}, r"apt install libpython3\.11", id="no libpython"),
        pytest.param(True, {"python": "3.99"}, r"supports Python 3\.11, this is 3\.99", id="no stub for this Python"),
        pytest.param(True, {"platform": "Darwin arm64"}, r"x86-64 Linux only.*--triton", id="other platform"),
    ],
)
def test_the_error_says_what_to_do(wheel: bool, changes: dict[str, str], message: str, tmp_path: Path) -> None:
    if wheel:
        put_wheel(tmp_path)
    with pytest.raises(ServerNotFoundError, match=message):
        find_server(host(tmp_path, **changes))


def test_an_installed_server_without_a_usable_backend_is_named(tmp_path: Path) -> None:
    binary = put(tmp_path / "bin" / "tritonserver")
    with pytest.raises(ServerNotFoundError, match=f"{binary} has neither"):
        find_server(host(tmp_path))


def test_a_stub_for_another_python_is_refused(tmp_path: Path) -> None:
    put_wheel(tmp_path, "libpython3.10.so.1.0")
    with pytest.raises(ServerNotFoundError, match=r"built for libpython3\.10\.so\.1\.0, but this is Python 3\.11"):
        find_server(host(tmp_path))
