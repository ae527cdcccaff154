"""The service keeps what its description promises."""

import copy
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.routing import Route

from gateway.app import ROUTES
from gateway.endpoints.openapi import by_code
from gateway.endpoints.operation import Operation
from gateway.endpoints.table import OPERATIONS
from gateway.store.directory import DirectoryStore
from tests.conftest import LIMITS
from tests.photos import photo
from tests.service import Triton, running_gateway, wait_until_ready

FOLLOWED = "/api/v2/progress/{session_id}"
"""Does not end while nothing happens."""
PAGES = {"/", "/studio"}
PICTURE_TYPES = [f"image/{kind}" for kind in ("jpeg", "png", "webp", "heic", "avif", "tiff", "bmp", "gif")]
UNSAID = [positive_data_acceptance]
"""Checks of what a schema cannot say: which bytes are a picture, which of several effects has which parameters."""
SMALL = photo("chelsea", quality=30)
schemathesis.openapi.format("binary", st.sampled_from([SMALL, b"hello", SMALL[:3000], b""]) | st.binary(max_size=200))


@schemathesis.serializer(*PICTURE_TYPES)
def picture(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def url(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that has a store, so that everything that is described can happen."""
    store = DirectoryStore(tmp_path_factory.mktemp("data") / "store", 10**9)
    store.open()
    with running_gateway(LIMITS, triton.address, store) as url:
        wait_until_ready(url)
        yield url
    store.close()


@pytest.fixture(scope="module")
def document(url: str) -> dict[str, Any]:
    return httpx.get(f"{url}/openapi.json").json()


@pytest.fixture(scope="module")
def apis(url: str, document: dict[str, Any]) -> dict[GenerationMode, Any]:
    """By mode. Schemathesis cannot make wrong binary data: there it has JSON alone."""
    in_json = copy.deepcopy(document)
    for path in in_json["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {})
            for media_type in content.keys() - {"application/json"}:
                del content[media_type]
    negative = schemathesis.openapi.from_dict(in_json)
    negative.config.update(base_url=url)
    return {
        GenerationMode.POSITIVE: schemathesis.openapi.from_url(f"{url}/openapi.json"),
        GenerationMode.NEGATIVE: negative,
    }


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.template != FOLLOWED], ids=lambda each: each.template
)
def test_answers_are_as_described(apis: dict[GenerationMode, Any], operation: Operation, mode: GenerationMode) -> None:
    cases = apis[mode][operation.template][operation.method.lower()].as_strategy(generation_mode=mode)

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(case=cases)
    def ask(case: Any) -> None:
        statuses.append(case.call_and_validate(timeout=30, excluded_checks=UNSAID).status_code)

    statuses: list[int] = []
    with suppress(Unsatisfiable):  # an operation without parameters has no wrong ones
        ask()
    if operation.picture or mode == GenerationMode.POSITIVE:
        assert statuses
    if operation.picture:
        assert (200 in statuses) == (mode == GenerationMode.POSITIVE), Counter(statuses)


def test_every_route_but_the_page_is_described(document: dict[str, Any]) -> None:
    assert (
        document["paths"].keys()
        == {route.path.replace(":path", "") for route in ROUTES if isinstance(route, Route)} - PAGES
    )


def test_every_code_that_can_be_told_is_described(document: dict[str, Any]) -> None:
    described = set()
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                problem = answer.get("content", {}).get("application/problem+json")
                if problem:
                    codes = problem["schema"]["allOf"][1]["properties"]["code"]["enum"]
                    assert {by_code()[code].status for code in codes} == {int(status)}
                    described |= set(codes)
    families = {kind.code for kind in by_code().values() if kind.__subclasses__()}
    assert set(by_code()) - described - families == {"client_gone", "method_not_allowed"}


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)


def test_it_is_sent_once(url: str) -> None:
    tag = httpx.get(f"{url}/openapi.json").headers["etag"]
    assert httpx.get(f"{url}/openapi.json", headers={"If-None-Match": tag}).status_code == 304


def test_it_is_json_for_everybody(document: dict[str, Any]) -> None:
    assert "NaN" not in json.dumps(document)
    assert document["openapi"] == "3.1.0"
