"""The composition root: which routes there are, what a request passes on its way to them, and what they share."""

from collections.abc import Callable
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from gateway.audit.audit import Audit
from gateway.audit.target import opened
from gateway.cold_starts import ColdStarts
from gateway.doors import Doors
from gateway.endpoints.page import STUDIO, Assets, page
from gateway.endpoints.table import OPERATIONS
from gateway.errors import MethodNotAllowed, NotFound
from gateway.lifespan import Given, Telemetry, lifespan
from gateway.middleware.answer_budget import AnswerBudgetMiddleware
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
from gateway.middleware.traced import TracedMiddleware
from gateway.origins import Origins
from gateway.progress.board import Board
from gateway.rollout.follower import Follower
from gateway.settings import Settings
from gateway.store.store import Store
from gateway.telemetry.access_log import AccessLog

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
    doors, telemetry = Doors(settings), Telemetry(settings)
    given = Given(triton_address, on_ready, starts or ColdStarts(settings.model), store, follower)
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(ClientMiddleware, proxies=settings.proxies),
            Middleware(TracedMiddleware, tracer=telemetry.traces),
            Middleware(
                RecordedMiddleware,
                observers=(AccessLog().observe, telemetry.metrics.observe, telemetry.slowest.observe),
                addresses=settings.log_addresses,
            ),
            Middleware(SecurityHeadersMiddleware),
            Middleware(
                CORSMiddleware, origins=Origins(settings.origins, settings.origin_patterns, doors.guard.origins)
            ),
            Middleware(RateHeadersMiddleware),
            Middleware(ProblemsMiddleware),
            Middleware(AuditMiddleware, audit=Audit(opened(settings.audit), settings.log_addresses)),
            Middleware(RefusalsMiddleware),
            Middleware(AnswerBudgetMiddleware, total=settings.max_bodies_bytes),
            Middleware(BodyBudgetMiddleware, total=settings.max_bodies_bytes),
            Middleware(BodyLimitMiddleware, limit=settings.max_body_bytes),
            Middleware(BodyDeadlineMiddleware, seconds=settings.body_seconds, idle=BODY_IDLE_SECONDS),
        ],
        exception_handlers={HTTPException: not_routed},
        lifespan=lifespan(settings, given, doors, telemetry),
    )
    app.router.redirect_slashes = False  # to http:// and whatever host is named, key and picture with it
    app.state.board = Board()  # before the lifespan: whoever stops the server closes it first
    return app
