"""`gateway cutout`: photos from files, folders or standard input; cut-outs into a folder or to standard output."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import Progress

from checkpoints.terminal import Terminal
from gateway import logs
from gateway.endpoints.described import DEMO_ADVICE, DEMO_NOTICE
from gateway.endpoints.state import is_demo
from gateway.models import OFFERED, Offered, own_name, provide
from gateway.service import listen, service
from gateway.settings import BEST, Settings

STDIN: Final = Path("-")
SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".mpo", ".png", ".webp", ".heic", ".heif", ".hif", ".avif", ".bmp", ".gif", ".tif", ".tiff"}
)
"""What is taken from a folder; a file that is named is tried whatever it is called."""
_LOOPBACK: Final = "127.0.0.1"
_IN_FLIGHT: Final = 8
_TRIES: Final = 5
_TIMEOUT: Final = httpx.Timeout(120, connect=5)
_PROBE_SECONDS: Final = 0.5


class CutoutError(Exception):
    """One photo that was not cut out; the text says why."""


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
    headers: dict[str, str]
    console: Console


def run(settings: Settings, environ: Mapping[str, str], options: Options, offered: Offered = OFFERED) -> int:
    """0 when every photo was cut out, 1 when some were not.

    Where nothing serves yet, raises ServiceError, EmbeddedError and what `provide` raises.
    """
    logs.configure("error", settings.log_format)
    model = None if settings.model == BEST else own_name(settings.model, offered)
    console = Console(stderr=True)
    try:
        files = {} if options.backdrop is None else {"bg_image": _read(options.backdrop)}
    except CutoutError as error:
        console.print(f"{options.backdrop}: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    headers = {"X-Api-Key": settings.api_key} if settings.api_key else {}
    errand = Errand(list(jobs(options)), _parameters(options, model), files, headers, console)
    if not errand.jobs:
        errand.console.print("no photos: name files, or folders that hold some", style="red", markup=False)
        return 1
    url = options.url or asyncio.run(_running(settings.port, model))
    if url is not None:
        return asyncio.run(_run(url, errand))
    with listen(_LOOPBACK, 0) as listener:
        provided = replace(
            provide(settings, environ, Terminal(sys.stderr), offered), keys=None
        )  # we are its only client
        if is_demo(provided.model):
            errand.console.print(f"{DEMO_NOTICE}; {DEMO_ADVICE}", style="yellow", markup=False, soft_wrap=True)
        return asyncio.run(_start_and_run(provided, listener, environ, errand))


def _parameters(options: Options, model: str | None) -> dict[str, str]:
    parameters = {"output_format": options.format} | options.parameters
    return parameters if model is None else parameters | {"model": model}


async def _start_and_run(
    settings: Settings, listener: socket.socket, environ: Mapping[str, str], errand: Errand
) -> int:
    async with service(settings, listener, environ) as started:
        await started.ready(sys.stderr)
        return await _run(started.url, errand)


async def _run(url: str, errand: Errand) -> int:
    failed = 0
    async with httpx.AsyncClient(base_url=url, headers=errand.headers, timeout=_TIMEOUT, trust_env=False) as client:
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


async def _running(port: int, model: str | None) -> str | None:
    """The address of the local service that is ready, where its model is the one that is asked for."""
    url = f"http://{_LOOPBACK}:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=_PROBE_SECONDS, trust_env=False) as client:
            ready, version = await client.get("/health/ready"), await client.get("/version")
            served = version.json()["model"]
    except (httpx.TransportError, ValueError, KeyError, TypeError):  # nothing there, or not one of ours
        return None
    return url if ready.status_code == httpx.codes.OK and model in (None, served) else None


async def _finished(client: httpx.AsyncClient, errand: Errand) -> AsyncIterator[tuple[Job, CutoutError | None]]:
    """Each job as it ends, with its error if it has one; a target that two photos would share is given to the first."""
    places = asyncio.Semaphore(_IN_FLIGHT)
    owners: dict[Path, Path] = {}

    async def one(job: Job) -> tuple[Job, CutoutError | None]:
        async with places:
            try:
                owner = owners.setdefault(job.target, job.source)
                if owner != job.source:
                    raise CutoutError(f"its cut-out would overwrite that of {owner}")
                await _cut_out(client, job, errand)
            except CutoutError as error:
                return job, error
            return job, None

    for done in asyncio.as_completed([one(job) for job in errand.jobs]):
        yield await done


async def _cut_out(client: httpx.AsyncClient, job: Job, errand: Errand) -> None:
    photo = await asyncio.to_thread(_read, job.source)
    answer = await _ask(client, {"file": photo, **errand.files}, errand.parameters)
    await asyncio.to_thread(_write, job.target, answer)


async def _ask(client: httpx.AsyncClient, files: dict[str, bytes], parameters: dict[str, str]) -> bytes:
    """The cut-out; a service that is busy is asked again when it says. Raises CutoutError."""
    for attempt in range(_TRIES):
        try:
            response = await client.post("/api/v2/process", files=files, params=parameters)
        except httpx.TransportError as error:
            raise CutoutError(f"the service at {client.base_url} does not answer ({type(error).__name__})") from error
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or attempt == _TRIES - 1:
            break
        await asyncio.sleep(float(response.headers.get("Retry-After", "1")))
    if response.is_error:
        raise CutoutError(_detail(response))
    return response.content


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered {response.status_code}"


def _read(source: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == STDIN else source.read_bytes()
    except OSError as error:
        raise CutoutError(f"cannot be read: {error.strerror}") from error


def _write(target: Path, cutout: bytes) -> None:
    try:
        if target == STDIN:
            sys.stdout.buffer.write(cutout)
            sys.stdout.buffer.flush()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.partial")
            partial.write_bytes(cutout)
            partial.replace(target)
    except OSError as error:
        raise CutoutError(f"{target} cannot be written: {error.strerror}") from error
