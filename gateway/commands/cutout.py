"""`gateway cutout`: photos from files, folders or standard input; cut-outs into a folder or to standard output."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import Progress

from gateway import logs
from gateway.commands.asking import ask
from gateway.commands.failure import Failure
from gateway.commands.files import STDIN, read, write
from gateway.commands.running import model_parameter, with_service
from gateway.models import OFFERED, Offered
from gateway.settings import Settings

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".mpo", ".png", ".webp", ".heic", ".heif", ".hif", ".avif", ".bmp", ".gif", ".tif", ".tiff"}
)
"""What is taken from a folder; a file that is named is tried whatever it is called."""
_IN_FLIGHT: Final = 8


@dataclass(frozen=True)
class Job:
    """One photo and where its cut-out goes."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Options:
    """What the command line asks for; `url` None takes a running service or starts one.

    `parameters` are further ones of the requests; `backdrop` is a file.
    """

    photos: tuple[Path, ...]
    output: Path
    format: str
    parameters: dict[str, str]
    backdrop: Path | None
    url: str | None

    @property
    def suffix(self) -> str:
        """Of the files written."""
        return ".jpg" if self.format == "jpeg" else f".{self.format}"


@dataclass(frozen=True)
class Errand:
    """Photos to be cut out, what goes with each of their requests, and where to say what went wrong."""

    jobs: list[Job]
    parameters: dict[str, str]
    files: dict[str, bytes]
    console: Console


def run(settings: Settings, environ: Mapping[str, str], options: Options, offered: Offered = OFFERED) -> int:
    """0 when every photo was cut out, 1 when some were not. Raises as `with_service`."""
    logs.configure("error", settings.log_format)
    console = Console(stderr=True)
    try:
        files = {} if options.backdrop is None else {"bg_image": read(options.backdrop)}
    except Failure as error:
        console.print(f"{options.backdrop}: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    parameters = {"output_format": options.format} | options.parameters | model_parameter(settings, offered)
    errand = Errand(list(jobs(options)), parameters, files, console)
    if not errand.jobs:
        errand.console.print("no photos: name files, or folders that hold some", style="red", markup=False)
        return 1
    return with_service(settings, environ, options.url, lambda client: _run(client, errand), offered, console)


async def _run(client: httpx.AsyncClient, errand: Errand) -> int:
    failed = 0
    with Progress(console=errand.console) as progress:
        task = progress.add_task("Cutting out", total=len(errand.jobs))
        async for job, error in _finished(client, errand):
            progress.advance(task)
            if error is not None:
                failed += 1
                errand.console.print(f"{job.source}: {error}", style="red", markup=False, soft_wrap=True)
    return 1 if failed else 0


def jobs(options: Options) -> Iterator[Job]:
    """A job for each photo; what lies in a folder keeps its place below the output folder."""
    for photo in options.photos:
        if photo == STDIN:
            yield Job(STDIN, STDIN if options.output == STDIN else options.output / f"stdin{options.suffix}")
        elif photo.is_dir():
            for path in sorted(photo.rglob("*")):
                if path.suffix.lower() in SUFFIXES and path.is_file():
                    yield _job(path, path.relative_to(photo), options)
        else:
            yield _job(photo, Path(photo.name), options)


def _job(source: Path, name: Path, options: Options) -> Job:
    if options.output == STDIN:
        return Job(source, STDIN)
    return Job(source, options.output / name.with_suffix(options.suffix))


async def _finished(client: httpx.AsyncClient, errand: Errand) -> AsyncIterator[tuple[Job, Failure | None]]:
    """Each job as it ends, with its error if it has one; a target that two photos would share is given to the first."""
    places = asyncio.Semaphore(_IN_FLIGHT)
    owners: dict[Path, Path] = {}

    async def one(job: Job) -> tuple[Job, Failure | None]:
        async with places:
            try:
                owner = owners.setdefault(job.target, job.source)
                if owner != job.source:
                    raise Failure(f"its cut-out would overwrite that of {owner}")
                await _cut_out(client, job, errand)
            except Failure as error:
                return job, error
            return job, None

    for done in asyncio.as_completed([one(job) for job in errand.jobs]):
        yield await done


async def _cut_out(client: httpx.AsyncClient, job: Job, errand: Errand) -> None:
    photo = await asyncio.to_thread(read, job.source)
    answer = await ask(client, "/api/v2/process", errand.parameters, {"file": photo, **errand.files})
    await asyncio.to_thread(write, job.target, answer)
