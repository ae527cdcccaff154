"""What Triton's refusals mean to a client."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tritonclient.utils import InferenceServerException  # type: ignore[import-untyped]

from gateway.errors import GatewayError, InferenceTimeout, ModelUnavailable, Overloaded, UnknownModel, UnknownVersion


class _Meaning(NamedTuple):
    """What a status, with a phrase in the vendor's text where one status has several meanings, means to a client."""

    status: str
    phrase: str
    error: Callable[[], GatewayError]


def away() -> ModelUnavailable:
    """Whatever else it may be, a client may try again."""
    return ModelUnavailable("The model does not answer at the moment; try again shortly.")


def _full() -> GatewayError:
    return Overloaded("The model's queue is full; try again shortly.")


# The first line that fits counts.
_MEANINGS: Final = (
    _Meaning("UNAVAILABLE", "maximum queue size", _full),
    _Meaning("UNAVAILABLE", "timeout expired", _full),
    _Meaning("RESOURCE_EXHAUSTED", "", _full),
    _Meaning("DEADLINE_EXCEEDED", "", lambda: InferenceTimeout("The model did not answer in time.")),
    _Meaning("NOT_FOUND", "version", lambda: UnknownVersion("model_version: this version of the model is not served.")),
    _Meaning("NOT_FOUND", "", lambda: UnknownModel("model: no such model is served.")),
)


def meaning(exc: InferenceServerException) -> Callable[[], GatewayError]:
    """What to raise for it; `away` for what is not known better."""
    status = str(exc.status()).removeprefix("StatusCode.")
    text = str(exc.message()).lower()
    return next((each.error for each in _MEANINGS if each.status == status and each.phrase in text), away)
