"""What operators ask of the store."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from gateway.audit import note
from gateway.customers.cleaning import cleaned
from gateway.endpoints import answers, fields
from gateway.endpoints.parameters import CleanupParameters, parse
from gateway.endpoints.state import State
from gateway.endpoints.storing import customers
from gateway.errors import NoStore


async def stats(request: Request[State]) -> Response:
    """GET /storage/stats: pictures and bytes by tier, from counts that are kept along the way; what the cache is good for."""
    sums = await customers(request).tally.sums()
    tiers = {tier: {"pictures": count.pictures, "bytes": count.bytes} for tier, count in sums.items()}
    total = {name: sum(each[name] for each in tiers.values()) for name in ("pictures", "bytes")}
    counts = request.state["cached"]
    cache = None if counts is None else {**asdict(counts), "hit_ratio": counts.hit_ratio}
    return answers.json({"tiers": tiers, "total": total, "cache": cache})


async def cleanup(request: Request[State]) -> Response:
    """POST /storage/cleanup: looks at every session and picture; deletes what no session names, unless dry_run."""
    asked = parse(CleanupParameters, await fields.read(request))
    store = request.state["store"]
    if store is None:
        raise NoStore("This service keeps no pictures: it has no store.")
    found = await cleaned(store, dry_run=asked.dry_run)
    note.about(request.scope, "store", dry_run=asked.dry_run, orphans=found.orphans, bytes=found.orphan_bytes)
    return answers.json({"dry_run": asked.dry_run, **asdict(found)})
