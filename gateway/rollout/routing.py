"""Which version answers whom. A caller stays where it is while the weight only grows."""

import hashlib
from typing import NamedTuple

from gateway.rollout.plan import Plan


class Route(NamedTuple):
    """The version that answers, and the one that does where it fails; "" leaves the choice to the model's server."""

    version: str = ""
    fallback: str = ""


def route(plan: Plan, caller: str) -> Route:
    """Of `caller`, a key's id or a client's address."""
    if plan.candidate is None or position(plan, caller) >= plan.weight:
        return Route(str(plan.stable))
    return Route(str(plan.candidate), str(plan.stable))


def position(plan: Plan, caller: str) -> float:
    """Where the caller stands among all, from 0 to under 100: the candidate answers those below its weight.

    It hangs on the candidate, too, so that it is not the same callers who are the first every time.
    """
    digest = hashlib.sha256(f"{plan.model}/{plan.candidate}/{caller}".encode()).digest()
    return float(int.from_bytes(digest[:8], "big") * 100 / 2**64)
