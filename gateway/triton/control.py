"""Triton's model control over gRPC: which versions are loaded, and which shall be."""

import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import structlog
from google.protobuf import json_format, text_format  # type: ignore[import-untyped]
from tritonclient.grpc import model_config_pb2  # type: ignore[import-untyped]
from tritonclient.grpc.aio import InferenceServerClient  # type: ignore[import-untyped]
from tritonclient.utils import InferenceServerException  # type: ignore[import-untyped]

from gateway.errors import ModelUnavailable
from gateway.rollout.errors import LoadRefused
from gateway.triton.channel import triton_client
from gateway.triton.meanings import away

_log = structlog.get_logger(__name__)

_INDEX_SECONDS: Final = 5.0
_LOCKED: Final = "restricted"
"""In what Triton says to whoever has no key, or another one."""
_PREFIX: Final = re.compile(
    r"^load failed for model '[^']*': (version \d+ is at UNAVAILABLE state: )?(Internal: )?(\w+: )?"
)
_MOST_TOLD: Final = 400
"""Characters of a reason of Triton's."""


class TritonControl:
    """Made by `triton_control`, inside a running event loop. `seconds` bound each load: one whose stub hangs never ends."""

    def __init__(self, client: InferenceServerClient, repository: Path | None, seconds: float) -> None:
        self._client = client
        self._repository = repository
        self._seconds = seconds
        self._configs: dict[str, dict[str, Any]] = {}
        self._complained = False

    async def loaded(self, model: str) -> frozenset[int]:
        """The versions that answer. Raises ModelUnavailable where Triton does not."""
        try:
            index = await self._client.get_model_repository_index(client_timeout=_INDEX_SECONDS)
        except InferenceServerException as error:
            self._complain_of_key(str(error.message()))
            raise away() from error
        return frozenset(int(each.version) for each in index.models if each.name == model and each.state == "READY")

    def _complain_of_key(self, text: str) -> None:
        """Once: only an operator can help, and this is asked again and again."""
        if _LOCKED in text and not self._complained:
            self._complained = True
            _log.error("Triton refuses its model control: CUTOUT_TRITON_KEY is not its key", reason=text[:_MOST_TOLD])

    async def load(self, model: str, versions: Iterable[int]) -> None:
        """Has these versions loaded and all others unloaded; what could not be loaded before stays as it was.

        Raises LoadRefused, also where it takes too long, and ModelUnavailable.
        """
        config = await self._config(model)
        wanted = sorted(versions)
        if config is not None:
            config = config | {"version_policy": {"specific": {"versions": wanted}}}
        try:
            await self._client.load_model(
                model, config=None if config is None else json.dumps(config), client_timeout=self._seconds
            )
        except InferenceServerException as error:
            raise _refusal(error, self._seconds) from error

    async def _config(self, model: str) -> dict[str, Any] | None:
        """As Triton has it, else as the repository has; None where neither can be read: then Triton's own policy counts."""
        try:
            answer = await self._client.get_model_config(model, as_json=True, client_timeout=_INDEX_SECONDS)
            self._configs[model] = answer["config"]
        except InferenceServerException:  # it is not loaded
            if model not in self._configs and self._repository is not None:
                self._configs[model] = _written(self._repository / model / "config.pbtxt")
        return self._configs.get(model)


@asynccontextmanager
async def triton_control(
    address: str, repository: Path | None, seconds: float, key: str = ""
) -> AsyncIterator[TritonControl]:
    """Of the Triton whose gRPC listens at `address` (host:port); its `repository`, where that is on this machine.

    `key` as `triton_client` takes it: whoever has none loads nothing in a Triton that is locked.
    """
    async with triton_client(address, key) as client:
        yield TritonControl(client, repository, seconds)


def _written(path: Path) -> dict[str, Any]:
    config = text_format.Parse(path.read_text(), model_config_pb2.ModelConfig())
    return dict(json_format.MessageToDict(config, preserving_proto_field_name=True))


def _refusal(error: InferenceServerException, seconds: float) -> LoadRefused | ModelUnavailable:
    status = str(error.status())
    if "DEADLINE_EXCEEDED" in status:
        return LoadRefused(f"it was not loaded within {seconds:g} s")
    if "UNAVAILABLE" in status:
        return away()
    text = str(error.message()).partition("\n\nAt:")[0]  # what follows is a traceback of Triton's stub
    return LoadRefused(" ".join(_PREFIX.sub("", text).split())[:_MOST_TOLD])
