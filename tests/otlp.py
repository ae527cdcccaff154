"""A receiver of traces, as a collector is one: OTLP over HTTP, protobuf from the gateway, JSON from Triton."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class Span:
    """One span; ids in hexadecimal, times in nanoseconds since 1970, `links` are trace ids."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    begin: int
    end: int
    attributes: dict[str, Any] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    failed: bool = False


@dataclass
class Receiver:
    """What has come in, at `url`."""

    url: str
    spans: list[Span] = field(default_factory=list)

    def trace(self, trace_id: str, until: Callable[[list[Span]], bool], seconds: float = 20) -> list[Span]:
        """The spans of one trace, once they are as wanted."""
        end = time.monotonic() + seconds
        while not until(found := [span for span in self.spans if span.trace_id == trace_id]):
            assert time.monotonic() < end, [span.name for span in found]
            time.sleep(0.05)
        return found


@contextmanager
def running_receiver(port: int = 0) -> Iterator[Receiver]:
    """On a free port, unless one is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            read = _by_json if self.headers["Content-Type"] == "application/json" else _by_protobuf
            receiver.spans += read(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, name="otlp")
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def _by_protobuf(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _values(resource.resource.attributes)["service.name"]
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            yield Span(
                service,
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                _values(span.attributes),
                tuple(link.trace_id.hex() for link in span.links),
                span.status.code == span.status.STATUS_CODE_ERROR,
            )


def _values(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def _by_json(body: bytes) -> Iterator[Span]:
    """What Triton tells besides is not looked at."""
    for resource in json.loads(body)["resourceSpans"]:
        service = next(each for each in resource["resource"]["attributes"] if each["key"] == "service.name")
        for span in (span for scope in resource["scopeSpans"] for span in scope["spans"]):
            ids = span["traceId"], span["spanId"], span["parentSpanId"]
            times = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
            yield Span(service["value"]["stringValue"], span["name"], *ids, *times)
