from pathlib import Path

from gateway.embedded.layout import assemble
from gateway.embedded.locate import Server


def test_a_native_server_keeps_its_own_backends(tmp_path: Path) -> None:
    server = Server(Path("/opt/tritonserver/bin/tritonserver"), Path("/opt/tritonserver/backends"))
    layout = assemble(tmp_path, server, tmp_path)
    assert (layout.backends, layout.libraries) == (server.backends, ())


def test_the_stub_and_our_backend_are_put_beside_the_python_backend(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "python").mkdir(parents=True)
    (source / "python" / "libtriton_python.so").touch()
    stub, library = source / "triton_python_backend_stub", source / "libpython3.11.so.1.0"
    stub.touch()
    library.touch()
    run = tmp_path / "run"
    run.mkdir()
    layout = assemble(
        run, Server(source / "tritonserver", source, stub, library, source / "libs"), tmp_path / "a model"
    )
    names = {str(path.relative_to(layout.backends)) for path in layout.backends.rglob("*") if path.is_file()}
    assert names == {"python/libtriton_python.so", "python/triton_python_backend_stub", "onnxruntime/model.py"}
    assert layout.repository.resolve() == tmp_path / "a model"
    assert " " not in str(layout.repository)
    assert layout.libraries == (run / "lib", source / "libs")
    assert [path.name for path in layout.libraries[0].iterdir()] == ["libpython3.11.so.1.0"]
