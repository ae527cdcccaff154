"""The first process of Triton's container: checks what it would run, runs it, and ends it in order."""

import os
import sys
from collections.abc import Mapping

from deploy.triton.engines import require_engines
from deploy.triton.errors import StartError
from deploy.triton.flags import arguments, environment
from deploy.triton.machine import here
from deploy.triton.settings import Settings
from deploy.triton.supervision import has_clients, supervise


def main(environ: Mapping[str, str]) -> int:
    """The exit code: Triton's own, or 1 where it was not started."""
    try:
        settings = Settings.from_env(environ)
        key = settings.key()
        if settings.compile_engines:
            _tell("CUTOUT_COMPILE_ENGINES is on: this start may take minutes")
        else:
            require_engines(settings.repository / settings.model, settings.config, here)
    except StartError as error:
        _tell(str(error))
        return 1
    return supervise(
        arguments(settings, key),
        environment(settings),
        settings.linger_seconds,
        lambda: has_clients(settings.grpc_port),
    )


def _tell(text: str) -> None:
    print(f"deploy.triton: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(os.environ))
