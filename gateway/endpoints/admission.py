"""Who may come in: first whether, then how often."""

from starlette.requests import Request

from gateway import client
from gateway.endpoints.state import State
from gateway.errors import AddressExpired, SignatureInvalid, SignatureReplayed, Unauthorised
from gateway.keys.ring import Scope
from gateway.rates import meter
from gateway.rates.meter import Meter


async def admit(request: Request[State], scope: Scope | None, *, keyed: bool = False) -> None:
    """Judges the key, without which nobody does what is `keyed`; then takes the unit that every request costs, of the key
    or else of the address.

    A key that is refused costs no key anything; what is none, or missing, or comes again, is counted by address, so that
    no more than so many are judged in vain. Raises what Guard.authorise and Meter.take raise.
    """
    guard, rates, address = request.state["guard"], request.state["rates"], client.get(request.scope)
    try:
        if scope is None:
            record = guard.shown(request.scope)
        else:
            record = await guard.authorise(request.scope, scope, keyed=keyed)
    except (Unauthorised, SignatureInvalid, SignatureReplayed, AddressExpired):
        await _take(request, rates.of_failures(address))
        raise
    if scope == "metrics":  # asked for every few seconds, and most of all when there is too much to do
        return
    await _take(request, rates.of_address(address) if record is None else rates.of_key(record.id, record.rate))


async def _take(request: Request[State], found: Meter | None) -> None:
    if found is not None:
        meter.put(request.scope, found)
        await found.take(1)
