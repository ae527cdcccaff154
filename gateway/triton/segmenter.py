"""Triton over gRPC: the model's size and a picture's mask."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray
from tritonclient.grpc.aio import (  # type: ignore[import-untyped]
    InferenceServerClient,
    InferInput,
    InferRequestedOutput,
)
from tritonclient.utils import InferenceServerException  # type: ignore[import-untyped]

from gateway.errors import UnknownModel, UnknownVersion
from gateway.segmentation import Segmentation, Serving
from gateway.triton.channel import triton_client
from gateway.triton.meanings import away, meaning
from gateway.triton.threshold import threshold

_METADATA_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 6.0
_PROBE_PAUSE_SECONDS: Final = 0.1


class TritonSegmenter:
    """Masks from one Triton, over one channel. Made by `triton_segmenter`, inside a running event loop."""

    def __init__(self, client: InferenceServerClient, *, model: str, deadline: float, patience: float) -> None:
        self._client = client
        self._deadline = deadline
        self._patience = patience
        self._sizes: dict[str, int] = {}
        self._parameters: dict[str, Mapping[str, str]] = {}
        self.default_model = model
        self.absences = 0
        """How often a request found Triton away."""

    async def ready(self) -> bool:
        """Whether the default model can be asked."""
        return await self.answers(self.default_model, "")

    async def answers(self, model: str, version: str) -> bool:
        """Whether that version of `model` can be asked; of "", whether any can."""
        try:
            return bool(await self._client.is_model_ready(model, version, client_timeout=_METADATA_SECONDS))
        except InferenceServerException:
            return False

    async def size(self, model: str) -> int:
        """The side S of the pictures that `model` takes, in pixels. Raises UnknownModel and what `segment` raises."""
        if model not in self._sizes:
            fetch = partial(self._client.get_model_metadata, model)
            metadata = await self._asked(fetch, model, "", _METADATA_SECONDS)
            self._sizes[model] = _size(metadata)
        return self._sizes[model]

    async def serving(self, model: str) -> Serving:
        """What of `model` is served, and how. Raises what `size` raises."""
        metadata = await self._asked(partial(self._client.get_model_metadata, model), model, "", _METADATA_SECONDS)
        config = await self._asked(partial(self._client.get_model_config, model), model, "", _METADATA_SECONDS)
        versions = tuple(sorted(metadata.versions, key=int))
        return Serving(_size(metadata), versions, _device(config.config))

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3) RGB; `version` "" lets Triton choose.

        Raises ModelUnavailable, Overloaded, InferenceTimeout, UnknownModel, UnknownVersion. A request whose Triton goes
        away is sent once more if it comes back in time: an inference has no side effects.
        """
        tensor = InferInput("image", [1, *image.shape], "UINT8").set_data_from_numpy(image[None])
        outputs = [InferRequestedOutput("alpha"), InferRequestedOutput("confidence")]
        infer = partial(self._client.infer, model, [tensor], model_version=version, outputs=outputs)
        result = await self._asked(infer, model, version, self._deadline)
        return _segmentation(result, await self._stated(model))

    async def _stated(self, model: str) -> Mapping[str, str]:
        """The parameters of the model's configuration; none where Triton keeps that to itself, or is away by now."""
        if model not in self._parameters:
            try:
                answer = await self._client.get_model_config(model, client_timeout=_METADATA_SECONDS)
            except InferenceServerException:
                return {}
            self._parameters[model] = {key: each.string_value for key, each in answer.config.parameters.items()}
        return self._parameters[model]

    async def _asked(self, call: Callable[..., Awaitable[Any]], model: str, version: str, seconds: float) -> Any:
        """The answer to `call`, asked again once after Triton was away."""
        end = time.monotonic() + seconds
        try:
            return await call(client_timeout=seconds)
        except InferenceServerException as exc:
            if meaning(exc) is not away:
                self._refuse(exc, model)
            await self._require_version(model, version)
            self.absences += 1
        await self._until_back(model, version, min(end, time.monotonic() + self._patience))
        try:
            return await call(client_timeout=max(end - time.monotonic(), 0.001))
        except InferenceServerException as exc:
            self._refuse(exc, model)

    async def _require_version(self, model: str, version: str) -> None:
        """A version that was unloaded, or is being loaded, is none that comes back. Raises UnknownVersion."""
        if version and await self.answers(model, "") and not await self.answers(model, version):
            raise UnknownVersion("model_version: this version of the model is not served.")

    async def _until_back(self, model: str, version: str, end: float) -> None:
        while not await self.answers(model, version):
            if time.monotonic() > end:
                raise away()
            await asyncio.sleep(_PROBE_PAUSE_SECONDS)

    def _refuse(self, exc: InferenceServerException, model: str) -> NoReturn:
        self._sizes.pop(model, None)  # another repository may be behind the address by now
        self._parameters.pop(model, None)
        raise meaning(exc)() from exc


@asynccontextmanager
async def triton_segmenter(
    address: str, *, model: str, deadline: float, patience: float = _PATIENCE_SECONDS, key: str = ""
) -> AsyncIterator[TritonSegmenter]:
    """A segmenter on Triton's gRPC at `address` (host:port).

    `deadline` in seconds bounds each inference; `patience` how much of it may pass waiting for a Triton that went away;
    `key` is as `triton_client` takes it.
    """
    async with triton_client(address, key) as client:
        yield TritonSegmenter(client, model=model, deadline=deadline, patience=patience)


def _size(metadata: Any) -> int:
    """S from the model's metadata; a model without the contract's input is none of ours."""
    for tensor in metadata.inputs:
        if tensor.name == "image" and tensor.datatype == "UINT8" and len(tensor.shape) == 4:
            return int(tensor.shape[1])
    raise UnknownModel("model: no such model is served.")


def _device(config: Any) -> str:
    """ "gpu" or "cpu", by the instances that Triton made of KIND_AUTO."""
    kinds = {each.Kind.Name(each.kind) for each in config.instance_group}
    return "gpu" if "KIND_GPU" in kinds else "cpu"


def _segmentation(result: Any, parameters: Mapping[str, str]) -> Segmentation:
    response = result.get_response()
    return Segmentation(
        alpha=result.as_numpy("alpha")[0],
        confidence=float(result.as_numpy("confidence")[0, 0]),
        model=response.model_name,
        version=response.model_version,
        no_subject_below=threshold(parameters, response.model_version),
    )
