import logging

import pytest

from gateway.embedded import ModelLoadError, StartError
from gateway.embedded.log import LogLine, TritonLog, parse_line

HEAD = "1123 09:41:33.669713 7587 model_lifecycle.cc:642]"
REFUSAL = (
    f"E{HEAD} \"failed to load 'demo' version 2: Internal: TritonModelException: model file /m/demo/2/model.onnx cannot"
    ' be loaded: [ONNXRuntimeError] : 7 : INVALID_PROTOBUF\\n\\nAt:\\n  /b/model.py(63): _load\\n"'
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(f'I{HEAD} "loading: demo:1"', LogLine(logging.DEBUG, "loading: demo:1"), id="info is detail"),
        pytest.param(
            f"I{HEAD} \"successfully loaded 'demo'\"", LogLine(logging.INFO, "successfully loaded 'demo'"), id="a load"
        ),
        pytest.param(f'W{HEAD} "low on memory"', LogLine(logging.WARNING, "low on memory"), id="warning"),
        pytest.param(f'E{HEAD} "no \\"x\\""', LogLine(logging.ERROR, 'no "x"'), id="quoted error"),
        pytest.param(f"E{HEAD} not quoted", LogLine(logging.ERROR, "not quoted"), id="unquoted error"),
        pytest.param(
            f'E{HEAD} "CudaDriverHelper has not been initialized."',
            LogLine(logging.DEBUG, "CudaDriverHelper has not been initialized."),
            id="no GPU is no error",
        ),
        pytest.param("| Model | Version |", LogLine(logging.DEBUG, "| Model | Version |"), id="a table's row"),
    ],
)
def test_a_line_has_a_level_and_a_text(line: str, expected: LogLine) -> None:
    assert parse_line(line) == expected


def test_a_line_without_a_header_continues_the_one_before() -> None:
    assert parse_line("  more", logging.ERROR) == LogLine(logging.ERROR, "  more")


def test_a_collector_that_is_away_is_the_gateway_s_to_tell() -> None:
    line = "[Error] File: /build/opentelemetry-cpp/exporters/otlp/src/otlp_http_client.cc:200 Session state: refused"
    assert parse_line(line, logging.WARNING).level == logging.DEBUG


def test_lines_reach_the_logger_without_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "triton"):
        TritonLog(logging.getLogger("triton")).feed(REFUSAL)
    [(_, level, text)] = caplog.record_tuples
    assert level == logging.ERROR
    assert "INVALID_PROTOBUF" in text
    assert "model.py" not in text


@pytest.mark.parametrize(
    ("lines", "kind", "message"),
    [
        pytest.param(
            [REFUSAL, f'E{HEAD} "something after"'],
            ModelLoadError,
            "model demo version 2 was refused: model file /m/demo/2/model.onnx cannot be loaded:"
            " [ONNXRuntimeError] : 7 : INVALID_PROTOBUF",
            id="a refused model",
        ),
        pytest.param([f'E{HEAD} "port gone"'], StartError, "Triton ended: port gone", id="the last error"),
        pytest.param([], StartError, "Triton ended", id="no word"),
    ],
)
def test_a_failed_start_is_explained(lines: list[str], kind: type[StartError], message: str) -> None:
    log = TritonLog(logging.getLogger("triton"))
    for line in lines:
        log.feed(line)
    failure = log.failure("Triton ended")
    assert (type(failure), str(failure)) == (kind, message)
