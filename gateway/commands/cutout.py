"""`gateway cutout`: photos from files, folders or standard input; cut-outs into a folder or to standard output."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import Progress

from gateway import logs
from gateway.service import service
from gateway.settings import Settings

STDIN: Final = Path("-")
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
"""What is taken from a folder; a file that is named is tried whatever it is called."""
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
    """What the command line asks for; `url` None takes a running service or starts one."""

    photos: tuple[Path, ...]
    output: Path
    format: str
    quality: int
    url: str | None


def run(settings: Settings, environ: Mapping[str, str], options: Options) -> int:
    """0 when every photo was cut out, 1 when some were not. Raises ServiceError and EmbeddedError when nothing serves."""
    logs.configure("error", settings.log_format)
    return asyncio.run(_run(settings, environ, options))


async def _run(settings: Settings, environ: Mapping[str, str], options: Options) -> int:
    console = Console(stderr=True)
    work = list(jobs(options))
    if not work:
        console.print("no photos: name files, or folders that hold some", style="red", markup=False)
        return 1
    async with _serving(settings, environ, options.url) as url, _client(url) as client:
        with Progress(console=console) as progress:
            task = progress.add_task("Cutting out", total=len(work))
            failed = 0
            async for job, error in _finished(client, work, options):
                progress.advance(task)
                if error is not None:
                    failed += 1
                    console.print(f"{job.source}: {error}", style="red", markup=False, soft_wrap=True)
    return 1 if failed else 0


def jobs(options: Options) -> Iterator[Job]:
    """A job for each photo; what lies in a folder keeps its place below the output folder."""
    for photo in options.photos:
        if photo == STDIN:
            yield Job(STDIN, STDIN if options.output == STDIN else options.output / f"stdin.{options.format}")
        elif photo.is_dir():
            for path in sorted(photo.rglob("*")):
                if path.suffix.lower() in SUFFIXES and path.is_file():
                    yield _job(path, path.relative_to(photo), options)
        else:
            yield _job(photo, Path(photo.name), options)


def _job(source: Path, name: Path, options: Options) -> Job:
    if options.output == STDIN:
        return Job(source, STDIN)
    return Job(source, options.output / name.with_suffix(f".{options.format}"))


@asynccontextmanager
async def _serving(settings: Settings, environ: Mapping[str, str], url: str | None) -> AsyncIterator[str]:
    """The address of a service: the one that is named, else the local one that runs, else one started for this."""
    local = f"http://127.0.0.1:{settings.port}"
    if url is not None:
        yield url
    elif await _is_ours(local):
        yield local
    else:
        async with service(replace(settings, host="127.0.0.1", port=0), environ) as started:
            await started.ready(sys.stderr)
            yield started.url


async def _is_ours(url: str) -> bool:
    try:
        async with httpx.AsyncClient(base_url=url, timeout=_PROBE_SECONDS, trust_env=False) as client:
            ready, version = await client.get("/health/ready"), await client.get("/version")
            return ready.status_code == httpx.codes.OK and "model" in version.json()
    except (httpx.TransportError, ValueError):
        return False


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False)


async def _finished(
    client: httpx.AsyncClient, work: list[Job], options: Options
) -> AsyncIterator[tuple[Job, CutoutError | None]]:
    """Each job as it ends, with its error if it has one; a target that two photos would share is given to the first."""
    places = asyncio.Semaphore(_IN_FLIGHT)
    owners: dict[Path, Path] = {}

    async def one(job: Job) -> tuple[Job, CutoutError | None]:
        async with places:
            try:
                owner = owners.setdefault(job.target, job.source)
                if owner != job.source:
                    raise CutoutError(f"its cut-out would overwrite that of {owner}")
                await _cut_out(client, job, options)
            except CutoutError as error:
                return job, error
            return job, None

    for done in asyncio.as_completed([one(job) for job in work]):
        yield await done


async def _cut_out(client: httpx.AsyncClient, job: Job, options: Options) -> None:
    photo = await asyncio.to_thread(_read, job.source)
    answer = await _ask(client, photo, {"output_format": options.format, "quality": str(options.quality)})
    await asyncio.to_thread(_write, job.target, answer)


async def _ask(client: httpx.AsyncClient, photo: bytes, parameters: dict[str, str]) -> bytes:
    """The cut-out; a service that is busy is asked again when it says. Raises CutoutError."""
    for attempt in range(_TRIES):
        try:
            response = await client.post("/api/v2/process", files={"file": photo}, params=parameters)
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
