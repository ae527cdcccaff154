"""The composition root: what runs, in which order, and what is closed at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from importlib.metadata import version as installed_version
from typing import Final, NoReturn

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route

from gateway.cutout import Cutout
from gateway.endpoints.health import live, ready
from gateway.endpoints.page import STUDIO, Assets, page
from gateway.endpoints.process import DEMO_ADVICE, DEMO_NOTICE, process
from gateway.endpoints.state import About, Limits, State, is_demo
from gateway.endpoints.version import version
from gateway.errors import MethodNotAllowed, NotFound
from gateway.middleware.access_log import AccessLogMiddleware
from gateway.middleware.body_limit import BodyLimitMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from gateway.readiness import Readiness
from gateway.settings import Settings
from gateway.triton import triton_segmenter
from gateway.warmup import warm_up
from gateway.workers import Workers

_log = structlog.get_logger(__name__)

ROUTES: Final = [
    Route("/", page),
    Mount("/studio", Assets(directory=STUDIO)),
    Route("/api/v2/process", process, methods=["POST"]),
    Route("/health/live", live),
    Route("/health/ready", ready),
    Route("/version", version),
]


async def not_routed(request: Request, exc: Exception) -> NoReturn:
    """The router's own refusals in our words; ProblemsMiddleware answers."""
    if isinstance(exc, HTTPException) and exc.status_code == 405:
        allowed = (exc.headers or {}).get("Allow", "")
        raise MethodNotAllowed("This path does not take this method.", allowed=allowed.split(", ")) from exc
    raise NotFound("There is nothing at this path.") from exc


def create_app(settings: Settings, triton_address: str, on_ready: Callable[[], None] = lambda: None) -> Starlette:
    """The gateway in front of the Triton whose gRPC listens at `triton_address` (host:port).

    `on_ready` is called each time an inference has succeeded after a start or after the model was away.
    """
    return Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(AccessLogMiddleware),
            Middleware(ProblemsMiddleware),
            Middleware(BodyLimitMiddleware, limit=settings.max_body_bytes),
        ],
        exception_handlers={HTTPException: not_routed},
        lifespan=lifespan(settings, triton_address, on_ready),
    )


def lifespan(
    settings: Settings, triton_address: str, on_ready: Callable[[], None]
) -> Callable[[Starlette], AbstractAsyncContextManager[State]]:
    """Builds what requests share, bottom up; closes it top down."""

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            workers = Workers(permits=settings.permits, places=settings.places, threads=settings.threads)
            stack.callback(workers.close)
            segmenter = await stack.enter_async_context(
                triton_segmenter(triton_address, model=settings.model, deadline=settings.inference_seconds)
            )
            cutout = Cutout(segmenter, workers, max_pixels=settings.max_pixels)
            readiness = Readiness(segmenter.ready, warm_up(cutout, settings.model), on_ready)
            await stack.enter_async_context(in_background(readiness.watch))
            if is_demo(settings.model):
                _log.warning(f"serving {DEMO_NOTICE}; {DEMO_ADVICE}", model=settings.model)
            yield State(
                about=About(installed_version("inspyrenet-service"), settings.revision, settings.model),
                cutout=cutout,
                limits=Limits(settings.max_body_bytes, settings.request_seconds),
                readiness=readiness,
                workers=workers,
            )

    return running


@asynccontextmanager
async def in_background(work: Callable[[], Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Runs `work` beside the body and cancels it at its end."""
    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
