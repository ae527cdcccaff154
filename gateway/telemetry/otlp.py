"""Spans on their way to a collector, as OTLP over HTTP."""

import gzip
from collections.abc import Sequence
from typing import Final

import httpx
import structlog
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_log = structlog.get_logger(__name__)
SECONDS: Final = 5.0
PATH: Final = "/v1/traces"
_HEADERS: Final = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}


class OTLPExporter(SpanExporter):
    """Sends to the receiver at `url`, once; that it cannot is logged once, until it can again.

    OpenTelemetry's own tells of each batch but not why, goes through the environment's proxies, and tries again for so long
    that a service could not stop in time.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{url}{PATH}"
        self._client = httpx.Client(headers=_HEADERS, timeout=SECONDS, trust_env=False)
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called by one thread at a time."""
        body = gzip.compress(encode_spans(spans).SerializeToString(), compresslevel=1)
        try:
            self._client.post(self._url, content=body).raise_for_status()
        except (httpx.HTTPError, OSError) as error:
            self._failed(repr(error))
            return SpanExportResult.FAILURE
        self._regained()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Ends its connection."""
        self._client.close()

    def _failed(self, reason: str) -> None:
        if not self._fails:
            _log.warning("traces cannot be sent, and are dropped", collector=self._url, reason=reason)
        self._fails = True

    def _regained(self) -> None:
        if self._fails:
            _log.info("traces are sent again", collector=self._url)
        self._fails = False
