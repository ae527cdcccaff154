"""A Control that behaves as the real Triton's does; tests/endpoints/test_rollout.py holds the adapter to the real one."""

from collections.abc import Iterable

from gateway.errors import ModelUnavailable
from gateway.rollout.errors import LoadRefused
from tests.rollout.plans import MODEL


class Triton:
    """`folders` lie in its repository; of those some are `broken`, with a reason, some `hang`, and some are `fatal` to it.

    `asked` lists what was to be loaded, `began` which versions were loaded one after the other.
    """

    def __init__(self, *ready: int, folders: Iterable[int] = (1, 2, 3)) -> None:
        self.ready = set(ready)
        self.folders = set(folders)
        self.broken: dict[int, str] = {}
        self.hang: set[int] = set()
        self.fatal: set[int] = set()
        self.away = self.stuck = self.surprising = False
        self.refuses: str | None = None
        self.asked: list[tuple[int, ...]] = []
        self.began: list[int] = []

    async def loaded(self, model: str) -> frozenset[int]:
        assert model == MODEL
        if self.surprising:
            raise ValueError("what is this?")
        if self.away:
            raise ModelUnavailable("away")
        return frozenset(self.ready)

    async def load(self, model: str, versions: Iterable[int]) -> None:
        wanted = set(versions)
        self.asked.append(tuple(sorted(wanted)))
        await self.loaded(model)
        if self.refuses is not None:
            raise LoadRefused(self.refuses)
        if wanted & self.fatal:
            self.ready, self.away = set(), True
            await self.loaded(model)
        self.stuck = self.stuck or bool(wanted & self.hang)
        if self.stuck:  # so is every later call for the same model
            raise LoadRefused("it was not loaded within 5 s")
        self.began += sorted(wanted - self.ready)
        if bad := wanted & self.broken.keys():
            raise LoadRefused(self.broken[min(bad)])  # and of nothing that was to come with it anything is served
        if not wanted & self.folders:
            raise LoadRefused("at least one version must be available")
        self.ready = wanted & self.folders

    def restart(self) -> None:
        """The newest folder is served, as its config.pbtxt says."""
        self.ready, self.stuck = {max(self.folders)} - self.broken.keys() - self.hang, False
