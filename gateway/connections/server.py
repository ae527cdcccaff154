"""How uvicorn is set up: the same for the service and for tests."""

from typing import Final

import uvicorn
from starlette.types import ASGIApp

from gateway.connections.limits import ConnectionLimits
from gateway.connections.protocol import BoundedProtocol

BACKLOG: Final = 2048
_GRACE_SECONDS: Final = 7  # for answers under way when told to stop: Cloud Run kills after ten


def server_config(app: ASGIApp, limits: ConnectionLimits) -> uvicorn.Config:
    """For a server of `app` whose every connection keeps to `limits`."""
    return uvicorn.Config(
        app,
        http=type("Protocol", (BoundedProtocol,), {"limits": limits}),  # uvicorn makes one for each connection
        ws="none",
        log_config=None,
        access_log=False,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        backlog=BACKLOG,
    )
