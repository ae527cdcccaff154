"""Both images, as far as they can be built without an engine: the gateway's by the very commands of its Dockerfile.

NVIDIA's image is replaced by the Triton that the tests have, with stand-in models; what starts it is ours as it is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from gateway.embedded.layout import assemble
from gateway.embedded.locate import Host, find_server
from tests.conftest import ROOT
from tests.deploy.container import Image
from tests.deploy.dockerfile import Instruction, arguments, command, environment, filled, read, stages

REVISION = "0123456789abcdef0123456789abcdef01234567"
KEY = "that-of-the-containers"
_PYTHON = Path(sys.base_prefix)


def built_venv(folder: Path) -> Path:
    """The gateway's virtual environment, made in the empty `folder` as the stage `build` makes it: a network is needed."""
    builder, work = folder / "builder", folder / "build"
    subprocess.run([sys.executable, "-m", "venv", builder], check=True)
    work.mkdir()
    places = {"/venv": str(folder / "venv"), "/wheels": str(folder / "wheels")}
    stage = stages(read(ROOT / "gateway.Dockerfile"))["build"]
    environ = os.environ | environment(stage, {}) | {"PIP_QUIET": "1", "PATH": f"{builder}/bin:{os.environ['PATH']}"}
    for each in stage:
        if each.name == "COPY":
            _copy(each, work)
        elif each.name == "RUN":
            line = each.rest
            for path, place in places.items():
                line = line.replace(path, place)
            subprocess.run(["sh", "-euc", line], cwd=work, env=environ, check=True)
    return folder / "venv"


def _copy(each: Instruction, work: Path) -> None:
    *sources, target = each.words
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(
                ROOT / source, work / target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        else:
            shutil.copy(ROOT / source, work / target)


def gateway_image(venv: Path, secrets: Path) -> Image:
    """The gateway's image around that virtual environment."""
    mounts = {
        "/venv": venv,
        "/opt/cutout/healthcheck.py": ROOT / "deploy" / "healthcheck.py",
        "/secrets": secrets,
        str(_PYTHON): _PYTHON,
    }
    return _image("gateway.Dockerfile", mounts, "/")


def triton_image(folder: Path, models: Path, secrets: Path) -> Image:
    """Triton's image: `folder`, an empty one, takes the place of /opt/tritonserver."""
    site, shim = Path(sys.prefix), folder / "bin"
    server = find_server(Host(""))
    layout = assemble(folder, server, models)
    libraries = ":".join([*(str(each) for each in layout.libraries)])
    shim.mkdir()
    (shim / "python3").symlink_to(Path(sys.executable).resolve())
    (shim / "tritonserver").write_text(
        "#!/bin/sh\n"
        f"export PATH={site}/bin:$PATH LD_LIBRARY_PATH={libraries}\n"
        f'exec {server.binary} "$@" --backend-directory={layout.backends} --allow-gpu-metrics=false'
        f" --pinned-memory-pool-byte-size=0 --backend-config=python,shm-region-prefix-name={folder.parent.name}_\n"
    )
    (shim / "tritonserver").chmod(0o755)
    mounts = {
        "/opt/cutout/deploy": ROOT / "deploy",
        "/models": models,
        "/secrets": secrets,
        **{str(path): path for path in (folder, site.resolve(), _PYTHON)},
        str(site): site,
    }
    image = _image("triton.Dockerfile", mounts, "/opt/cutout")
    return Image(
        image.command,
        {**image.environ, "PATH": f"{shim}:/usr/bin:/bin"},
        image.user,
        image.folder,
        image.mounts,
    )


def _image(dockerfile: str, mounts: dict[str, Path], folder: str) -> Image:
    instructions = read(ROOT / dockerfile)
    last = list(stages(instructions).values())[-1]
    given = {**arguments(instructions), "REVISION": REVISION}
    (user,) = (filled(each.rest, given) for each in last if each.name == "USER")
    return Image(command(last), environment(last, given), user, folder, mounts)
