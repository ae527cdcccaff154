"""How uvicorn is set up."""

from functools import partial
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from gateway.room import Room
from gateway.server.protocol import HEAD_SECONDS, WRITE_SECONDS, BoundedProtocol

BACKLOG: Final = 2048
GRACE_SECONDS: Final = 7  # for answers under way when told to stop: Cloud Run kills after ten
KEEP_ALIVE_SECONDS: Final = 75  # longer than proxies keep an idle connection, so that none is closed under a request


def config(
    app: ASGIApp,
    connections: int,
    head_seconds: float = HEAD_SECONDS,
    write_seconds: float = WRITE_SECONDS,
    *,
    proxied: bool = False,
) -> uvicorn.Config:
    """For `app`, with at most so many connections; for the rest see BoundedProtocol."""
    protocol = partial(
        BoundedProtocol,
        served=Room(connections),
        present=Room(2 * connections),
        proxied=proxied,
        head_seconds=head_seconds,
        write_seconds=write_seconds,
    )
    return uvicorn.Config(
        app,
        http=protocol,  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # it would believe whatever a client of this machine writes; see gateway/client.py
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
