"""Cutting out for a client that waits: within its deadline, as long as it is connected, its progress told."""

import time
from functools import partial
from typing import Final
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect, Request

from gateway import auth, client, request_id
from gateway.cutout import Result
from gateway.effects import Drawing
from gateway.endpoints.connection import while_connected
from gateway.endpoints.deadline import deadline
from gateway.endpoints.layout import layout
from gateway.endpoints.parameters import PictureParameters
from gateway.endpoints.sources import Source
from gateway.endpoints.state import State
from gateway.errors import ClientGone, GatewayError, InternalError, problem
from gateway.order import Order
from gateway.pictures.encoding.table import OutputFormat
from gateway.progress.events import complete, failed
from gateway.rates import meter
from gateway.rates.meter import Meter, cost
from gateway.rollout.routing import Route
from gateway.telemetry import record

_log = structlog.get_logger(__name__)


def order(
    request: Request[State],
    source: Source,
    asked: PictureParameters,
    drawings: tuple[Drawing, ...],
    outputs: tuple[OutputFormat, ...] = (),
) -> Order:
    """What to make of `source`; `outputs` are the client's preferences where it named no format."""
    output, *alternatives = outputs or (asked.output,)
    model = asked.model or request.state["about"].model
    version, fallback = _route(request, model, asked.model_version)
    return Order(
        model=model,
        version=version,
        fallback=fallback,
        drawings=drawings,
        output=output,
        alternatives=tuple(alternatives),
        quality=asked.quality,
        layout=layout(asked, output, backdrop=source.backdrop is not None),
        decontaminate=asked.decontaminate,
        backdrop=source.backdrop,
        fresh=not asked.use_cache,
        favoured=request.state["guard"].favours(request.scope),
    )


def _route(request: Request[State], model: str, version: int | None) -> Route:
    """The version that the client names, else by the rollout's plan."""
    part = request.state["rollout"]
    if version is not None:
        return Route(str(version))
    return Route() if part is None else part.rollout.follower.route(model, _who(request))


def _who(request: Request[State]) -> str:
    """For whom the same version answers every time: a key, else an address."""
    return auth.caller(request.scope) or client.get(request.scope)


def session(asked: PictureParameters) -> str:
    """The client's own, or a new one."""
    return asked.session_id or uuid4().hex


async def cut_out(request: Request[State], source: Source, wanted: Order, session_id: str) -> Result:
    """The cut-outs. Raises what Cutout.run and Meter.take raise, Overloaded, DeadlineExceeded, and ClientDisconnect."""
    state, name, charge = request.state, request_id.get(request.scope), partial(_charge, meter.get(request.scope))
    begin = time.perf_counter()
    with state["board"].work((auth.caller(request.scope), session_id), {"request_id": name}) as tell:
        try:
            async with deadline(request, state["limits"].request_seconds):
                result = await while_connected(request, state["cutout"].run(source.data, wanted, tell, charge))
        except BaseException as exc:
            tell(failed(problem(_public(exc), name)))
            raise
        tell(complete(time.perf_counter() - begin))
    _log_misdeclared(source, result)
    kept = record.get(request.scope)
    kept.model, kept.version, kept.outcome = result.model, result.version, result.outcome
    return result


async def _charge(counted: Meter | None, pixels: int, effects: int) -> None:
    if counted is not None:
        await counted.take(cost(pixels, effects))


_GONE: Final = ClientGone("The client hung up before its picture was done.")
_FAULT: Final = InternalError("The service failed on this request; the request id finds the cause in its log.")


def _public(exc: BaseException) -> GatewayError:
    if isinstance(exc, GatewayError):
        return exc
    return _FAULT if isinstance(exc, Exception) and not isinstance(exc, ClientDisconnect) else _GONE


def _log_misdeclared(source: Source, result: Result) -> None:
    if source.declared.startswith("image/") and source.declared not in (result.source_type, "image/jpg", "image/*"):
        _log.info("declared type differs from the bytes", declared=source.declared[:64], found=result.source_type)
