"""The composition root: what runs, in which order, and what is closed at the end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version as installed_version
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from gateway.audit.audit import Audit
from gateway.audit.target import opened
from gateway.auth import Guard, Nonces
from gateway.background import in_background
from gateway.cache.cache import Cache
from gateway.cache.versions import Versions
from gateway.cached_cutout import CachedCutout
from gateway.cold_starts import ColdStarts
from gateway.customers.customers import Customers
from gateway.cutout import Cutout, Cutting
from gateway.endpoints.answers import encode
from gateway.endpoints.described import DEMO_ADVICE, DEMO_NOTICE
from gateway.endpoints.openapi import document
from gateway.endpoints.page import STUDIO, Assets, page
from gateway.endpoints.state import About, Limits, State, is_demo
from gateway.endpoints.table import OPERATIONS
from gateway.errors import MethodNotAllowed, NotFound
from gateway.keys.file import WatchedRing
from gateway.keys.used import LastUsed
from gateway.middleware.audit import AuditMiddleware
from gateway.middleware.body_budget import BodyBudgetMiddleware
from gateway.middleware.body_deadline import BodyDeadlineMiddleware
from gateway.middleware.body_limit import BodyLimitMiddleware
from gateway.middleware.client import ClientMiddleware
from gateway.middleware.cors import CORSMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.rate_headers import RateHeadersMiddleware
from gateway.middleware.recorded import RecordedMiddleware
from gateway.middleware.refusals import RefusalsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from gateway.middleware.security_headers import SecurityHeadersMiddleware
from gateway.model_card import Catalogue
from gateway.origins import Origins
from gateway.progress.board import Board
from gateway.published import Published
from gateway.rates.count import Counting, in_memory
from gateway.rates.rates import Rates
from gateway.readiness import Readiness
from gateway.remote.nowhere import Fetch, nowhere
from gateway.rollout.documents import Documents
from gateway.rollout.follower import Follower
from gateway.rollout.part import Part, Times, part
from gateway.settings import Settings
from gateway.store.measured import MeasuredStore
from gateway.store.store import Store
from gateway.telemetry.access_log import access_log
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.slowest import Slowest
from gateway.telemetry.triton import TritonMetrics
from gateway.triton import TritonSegmenter, triton_control, triton_segmenter
from gateway.warmup import warm_up
from gateway.workers import Workers

_log = structlog.get_logger(__name__)

BODY_IDLE_SECONDS: Final = 30.0

ROUTES: Final = [
    Route("/", page),
    Mount("/studio", Assets(directory=STUDIO)),
    *[operation.route() for operation in OPERATIONS],
]


async def not_routed(request: Request, exc: Exception) -> Response:
    """The router's own refusals in our words, which ProblemsMiddleware answers; OPTIONS is told what there is."""
    if isinstance(exc, HTTPException) and exc.status_code == 405:
        allowed = [*sorted((exc.headers or {}).get("Allow", "").split(", ")), "OPTIONS"]
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        raise MethodNotAllowed("This path does not take this method.", allowed=allowed) from exc
    raise NotFound("There is nothing at this path.") from exc


def create_app(
    settings: Settings,
    triton_address: str,
    on_ready: Callable[[], None] = lambda: None,
    starts: ColdStarts | None = None,
    store: Store | None = None,
    follower: Follower | None = None,
) -> Starlette:
    """The gateway in front of the Triton whose gRPC listens at `triton_address` (host:port).

    `on_ready` is called each time an inference has succeeded after a start or after the model was away; `starts` knows
    how long that took in the past; without a `store` nothing is kept, and nothing rolled out. `follower` knows that store's
    plan; it is made where it is missing.

    Raises KeysError and AuditError.
    """
    ring = None if settings.keys is None else WatchedRing(settings.keys)
    nonces = _nonces(settings)
    used = None if settings.keys is None else LastUsed(settings.keys)
    guard = Guard(
        None if ring is None else lambda: ring.ring,
        nonces,
        anonymous=settings.anonymous,
        used=_unnoted if used is None else used.note,
    )
    metrics, slowest = Metrics(), Slowest()
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(ClientMiddleware, proxies=settings.proxies),
            Middleware(
                RecordedMiddleware,
                observers=(access_log, metrics.observe, slowest.observe),
                addresses=settings.log_addresses,
            ),
            Middleware(SecurityHeadersMiddleware),
            Middleware(CORSMiddleware, origins=Origins(settings.origins, settings.origin_patterns, guard.origins)),
            Middleware(RateHeadersMiddleware),
            Middleware(ProblemsMiddleware),
            Middleware(AuditMiddleware, audit=Audit(opened(settings.audit), settings.log_addresses)),
            Middleware(RefusalsMiddleware),
            Middleware(BodyBudgetMiddleware, total=settings.max_bodies_bytes),
            Middleware(BodyLimitMiddleware, limit=settings.max_body_bytes),
            Middleware(BodyDeadlineMiddleware, seconds=settings.body_seconds, idle=BODY_IDLE_SECONDS),
        ],
        exception_handlers={HTTPException: not_routed},
        lifespan=lifespan(
            settings,
            triton_address,
            on_ready,
            starts or ColdStarts(settings.model),
            guard,
            ring,
            used,
            store,
            follower,
            metrics,
            slowest,
        ),
    )
    app.router.redirect_slashes = False  # to http:// and whatever host is named, key and picture with it
    app.state.board = Board()  # before the lifespan: whoever stops the server closes it first
    return app


def lifespan(
    settings: Settings,
    triton_address: str,
    on_ready: Callable[[], None],
    starts: ColdStarts,
    guard: Guard,
    ring: WatchedRing | None,
    used: LastUsed | None,
    store: Store | None,
    follower: Follower | None,
    metrics: Metrics,
    slowest: Slowest,
) -> Callable[[Starlette], AbstractAsyncContextManager[State]]:
    """Builds what requests share, bottom up; closes it top down."""

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            workers = Workers(
                permits=settings.permits,
                places=settings.places,
                threads=settings.threads,
                seconds=settings.wait_seconds,
            )
            stack.callback(workers.close)
            stack.push_async_callback(guard.close)
            triton = await stack.enter_async_context(
                triton_segmenter(
                    triton_address,
                    model=settings.model,
                    deadline=settings.inference_seconds,
                    key=settings.triton_key,
                )
            )
            asked = None if store is None else MeasuredStore(store, metrics.store_operation)
            part = await _part(stack, settings, triton_address, triton, workers, asked, follower)
            triton_metrics = TritonMetrics(settings.triton_metrics)
            stack.push_async_callback(triton_metrics.close)
            segmenter = triton if part is None else part.segmenter
            ungated = Cutout(segmenter, workers, max_pixels=settings.max_pixels)
            readiness = Readiness(
                triton.ready if part is None else part.ready,
                warm_up(ungated, settings.model, str if part is None else part.stable),
                on_ready,
                starts=starts,
                patience=settings.start_seconds,
            )
            await stack.enter_async_context(in_background(readiness.watch))
            for watched in (ring, used):
                if watched is not None:
                    await stack.enter_async_context(in_background(watched.watch))
            if is_demo(settings.model):
                _log.warning(f"serving {DEMO_NOTICE}; {DEMO_ADVICE}", model=settings.model)
            gated = Cutout(segmenter, workers, max_pixels=settings.max_pixels, gate=readiness)
            cache = None if asked is None else Cache(asked, settings.cache_seconds)
            cutout = gated if cache is None else _kept(stack, gated, cache, triton, workers, settings)
            yield State(
                about=About(installed_version("inspyrenet-service"), settings.revision, settings.model),
                board=app.state.board,
                cached=None if cache is None else cache.counts,
                catalogue=Catalogue(triton, settings.repository if settings.triton is None else None),
                customers=_customers(asked, workers, settings),
                cutout=cutout,
                fetch=_fetch(settings),
                guard=guard,
                limits=Limits(settings.max_body_bytes, settings.request_seconds),
                metrics=metrics,
                published=None if asked is None else Published(asked, settings.cache_seconds),
                openapi=encode(document(OPERATIONS, installed_version("inspyrenet-service"))),
                rates=Rates(
                    await _counting(stack, settings), anonymous=settings.rate_anonymous, keys=settings.rate_keys
                ),
                readiness=readiness,
                rollout=part,
                slowest=slowest,
                store=store,
                triton=triton,
                triton_metrics=triton_metrics,
                workers=workers,
            )

    return running


def _kept(
    stack: AsyncExitStack, cutout: Cutout, cache: Cache, host: TritonSegmenter, workers: Workers, settings: Settings
) -> Cutting:
    """`cutout` behind the cache."""
    kept = CachedCutout(cutout, cache, Versions(host), workers, max_pixels=settings.max_pixels)
    stack.push_async_callback(kept.close)
    return kept


async def _part(
    stack: AsyncExitStack,
    settings: Settings,
    address: str,
    segmenter: TritonSegmenter,
    workers: Workers,
    store: Store | None,
    follower: Follower | None,
) -> Part | None:
    """This instance's part in the rollout, for which there has to be a store."""
    if store is None:
        return None
    repository = settings.repository if settings.triton is None else None
    control = await stack.enter_async_context(
        triton_control(address, repository, settings.load_seconds, settings.triton_key)
    )
    follower = follower or Follower(Documents(store, settings.model), settings.model)
    times = Times(
        look=settings.plan_seconds,
        linger=2 * settings.request_seconds,
        patience=settings.inference_seconds / 2,
        candidate=min(settings.inference_seconds, settings.request_seconds / 2),
    )
    return await stack.enter_async_context(
        part(follower, store, segmenter, control, repository, lambda: workers.busy, times)
    )


async def _counting(stack: AsyncExitStack, settings: Settings) -> Counting:
    if not settings.redis:
        return in_memory()
    from gateway.rates.shared import shared  # Redis's client takes a tenth of a start: for those who have one

    otherwise_open = settings.rate_without_redis == "open"
    return await stack.enter_async_context(shared(settings.redis, otherwise_open=otherwise_open))


def _nonces(settings: Settings) -> Nonces | None:
    if not settings.redis:
        return None
    from gateway.signing.shared_nonces import SharedNonces  # as above

    return SharedNonces(settings.redis)


def _unnoted(key_id: str) -> None:
    """There are no keys."""


def _customers(store: Store | None, workers: Workers, settings: Settings) -> Customers | None:
    if store is None:
        return None
    return Customers(store, workers, max_pixels=settings.max_pixels, most_bytes=settings.max_body_bytes)


def _fetch(settings: Settings) -> Fetch:
    if not settings.url_sources:
        return nowhere
    from gateway.remote.fetch import Remote  # HTTP's client takes as much

    return Remote(limit=settings.max_body_bytes, seconds=settings.url_seconds).fetch
