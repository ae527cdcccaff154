"""Lines for machines: JSON in the shape that Google's Cloud Logging understands, and any other reader of JSON can.

https://cloud.google.com/logging/docs/structured-logging, .../reference/v2/rest/v2/LogEntry#HttpRequest
"""

from structlog.typing import EventDict, Processor, WrappedLogger

_TRACE = "logging.googleapis.com/"


def cloud(project: str) -> Processor:
    """Of Google Cloud's `project`, in which traces are looked for; "" names them by their ids alone."""
    prefix = f"projects/{project}/traces/" if project else ""

    def shaped(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        entry: dict[str, object] = {
            "severity": str(event.pop("level")).upper(),
            "message": event.pop("event"),
            "time": event.pop("timestamp"),
        }
        if (trace_id := event.pop("trace_id", None)) is not None:
            entry[f"{_TRACE}trace"] = f"{prefix}{trace_id}"
            entry[f"{_TRACE}spanId"] = event.pop("span_id")
            entry[f"{_TRACE}trace_sampled"] = event.pop("trace_sampled")
        if "method" in event:
            entry["httpRequest"] = _request(event)
        return {**entry, **event}

    return shaped


def _request(event: EventDict) -> dict[str, object]:
    """What the line of a request says of HTTP, taken out of it."""
    request = {
        "requestMethod": event.pop("method"),
        "requestUrl": event.pop("path"),
        "status": event.pop("status"),
        "responseSize": str(event.pop("bytes")),  # as JSON has what may need 64 bits
        "latency": f"{event.pop('seconds'):.6f}s",
        "remoteIp": event.pop("client"),
    }
    return {name: value for name, value in request.items() if value != ""}
