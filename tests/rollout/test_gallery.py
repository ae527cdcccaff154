"""The worst disagreements."""

import asyncio
import itertools
from collections.abc import Iterable

import pytest
from structlog.testing import capture_logs

from gateway.errors import StoreUnavailable
from gateway.rollout.exhibit import Exhibit
from gateway.rollout.gallery import MOST, Gallery
from tests.rollout.plans import MODEL, NOON, later
from tests.store.memory import MemoryStore

NUMBERS = itertools.count()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def gallery(store: MemoryStore) -> Gallery:
    return begun(store, "a")


def begun(store: MemoryStore, instance: str) -> Gallery:
    gallery = Gallery(store, MODEL, instance)
    gallery.begin(NOON)
    return gallery


def exhibit(iou: float, picture: bytes) -> Exhibit:
    return Exhibit(
        at=NOON, iou=iou, mae=0, stable_seconds=1, candidate_seconds=1, picture=picture, stable=b"s", candidate=b"c"
    )


def keep(gallery: Gallery, ious: Iterable[float]) -> None:
    """Each of another picture."""
    for iou in ious:
        show(gallery, iou, f"picture {next(NUMBERS)}")


def show(gallery: Gallery, iou: float, picture: str) -> None:
    asyncio.run(gallery.keep(exhibit(iou, picture.encode()), hash(picture)))


def worst(gallery: Gallery) -> list[float]:
    return [each.iou for each in asyncio.run(gallery.worst(NOON))]


@pytest.mark.parametrize("order", ["rising", "falling", "mixed"])
def test_the_worst_are_kept_and_no_more(store: MemoryStore, gallery: Gallery, order: str) -> None:
    ious = [number / 40 for number in range(40)]
    shown = {"rising": ious, "falling": ious[::-1], "mixed": [*ious[1::2], *ious[::2]]}[order]
    keep(gallery, shown)
    assert worst(gallery) == ious[:MOST]
    assert len(store.objects) == MOST


def test_what_is_not_among_the_worst_is_not_even_encoded(gallery: Gallery) -> None:
    assert gallery.wants(0.99, 1)
    assert not gallery.wants(1, 1)  # they agree
    show(gallery, 0.3, "the same")
    again = hash("the same")
    assert (gallery.wants(0.3, again), gallery.wants(0.29, again)) == (False, True)
    keep(gallery, [0.5] * MOST)
    assert (gallery.wants(0.5, 1), gallery.wants(0.49, 1)) == (False, True)


def test_of_several_instances_the_worst_of_all_are_shown(store: MemoryStore) -> None:
    one, other = begun(store, "a"), begun(store, "b")
    keep(one, [number / 100 for number in range(0, 40, 2)])
    keep(other, [number / 100 for number in range(1, 40, 2)])
    assert len(store.objects) == 2 * MOST
    assert worst(one) == worst(other) == [number / 100 for number in range(MOST)]


@pytest.mark.parametrize("ious", [[0.2, 0.5], [0.5, 0.2], [0.2, 0.2]], ids=["better again", "worse again", "the same"])
def test_a_picture_that_comes_again_has_one_place(store: MemoryStore, gallery: Gallery, ious: list[float]) -> None:
    keep(gallery, [0.1])
    for iou in ious:
        show(gallery, iou, "the same")
    assert worst(gallery) == [0.1, 0.2]
    assert len(store.objects) == 2


def test_a_picture_that_two_instances_kept_is_shown_once(store: MemoryStore) -> None:
    one, other = begun(store, "a"), begun(store, "b")
    show(one, 0.3, "the same")
    show(other, 0.2, "the same")
    keep(other, [0.4])
    assert worst(one) == [0.2, 0.4]


def test_rollouts_are_kept_apart(store: MemoryStore, gallery: Gallery) -> None:
    keep(gallery, [0.1] * MOST)
    gallery.begin(later(0.001))
    assert gallery.wants(0.9, 1)
    keep(gallery, [0.9])
    assert worst(gallery) == [0.1] * MOST
    assert [each.iou for each in asyncio.run(gallery.worst(later(0.001)))] == [0.9]


def test_without_a_rollout_nothing_is_kept(store: MemoryStore) -> None:
    keep(Gallery(store, MODEL, "a"), [0.1])
    assert store.objects == {}


def test_a_store_that_is_away_costs_one_picture_and_no_place(store: MemoryStore, gallery: Gallery) -> None:
    store.away = True
    with capture_logs() as logs:
        keep(gallery, [0.1] * MOST)
    assert {each["event"] for each in logs} == {"a disagreement was not kept"}
    store.away = False
    keep(gallery, [0.5] * MOST)
    assert worst(gallery) == [0.5] * MOST


def test_nothing_is_shown_of_a_store_that_is_away(store: MemoryStore, gallery: Gallery) -> None:
    store.away = True
    with pytest.raises(StoreUnavailable):
        worst(gallery)


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x81\xa1x\x01"], ids=["empty", "no msgpack", "another release's"])
def test_what_cannot_be_read_hides_no_other(store: MemoryStore, gallery: Gallery, body: bytes) -> None:
    keep(gallery, [0.3])
    (name,) = store.objects
    asyncio.run(store.put(name.replace("a-0", "b-0"), body, media_type="application/msgpack"))
    with capture_logs() as logs:
        assert worst(gallery) == [0.3]
    assert [each["event"] for each in logs] == ["a disagreement cannot be read"]
