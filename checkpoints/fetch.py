"""An official checkpoint comes into the cache, from where it is published or from a file, and only past every check."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkpoints import archive, digests, disk, layout
from checkpoints.catalogue import Checkpoint
from checkpoints.errors import CheckpointError, DigestError, DownloadError
from checkpoints.progress import Progress
from checkpoints.transfer import ADVICE, PATIENCE, Patience, Transfer


def fetch(checkpoint: Checkpoint, folder: Path, progress: Progress, patience: Patience = PATIENCE) -> Path:
    """The checked file in the cache `folder`, downloaded unless it is there.

    Two processes may call it at once: one downloads, the other waits for it.

    Raises:
        CheckpointError: one of its children; what was downloaded is kept where a later call can continue it.
    """
    target = folder / checkpoint.file
    with _alone(target, progress):
        if not target.is_file():
            _download(checkpoint, target, progress, patience)
    return target


def adopt(checkpoint: Checkpoint, source: Path, folder: Path, progress: Progress) -> Path:
    """The checked file in the cache `folder`, copied from `source`; one that is there is replaced.

    Raises:
        CheckpointError: one of its children; the cache was not changed.
    """
    archive.require_file(source)
    target = folder / checkpoint.file
    copy = target.with_name(f"{target.name}.copy")
    with _alone(target, progress):
        digest = _checked(source, checkpoint, folder, progress)
        disk.require_space(folder, source.stat().st_size, ADVICE)
        try:
            shutil.copyfile(source, copy)
            if digests.sha256(copy) != digest:
                raise DigestError(f"{source}: changed while it was copied")
            _keep(copy, target)
        finally:
            copy.unlink(missing_ok=True)
    return target


@contextmanager
def _alone(target: Path, progress: Progress) -> Iterator[None]:
    with disk.writing(target.parent, ADVICE):
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = target.with_name(f"{target.name}.lock")
        with disk.locked(lock, waiting=lambda: progress.note(f"Waiting for another process that fetches {target}")):
            yield


def _download(
    checkpoint: Checkpoint, target: Path, progress: Progress, patience: Patience, once_more: bool = True
) -> None:
    if checkpoint.url is None:
        raise DownloadError(
            f"{checkpoint.name}: lies in the model zoo of its paper, without a stable address; {checkpoint.by_hand}"
        )
    transfer = Transfer(checkpoint.url, target.with_name(f"{target.name}.part"), checkpoint.by_hand, progress, patience)
    continued = transfer.run()
    try:
        _checked(transfer.part, checkpoint, target.parent, progress)
    except CheckpointError as exc:
        wrong_bytes = isinstance(exc, DigestError)
        # A file that is as published is kept although it is refused: it would come the same again.
        if wrong_bytes or not checkpoint.has_digest:
            transfer.discard()
        if not (wrong_bytes and continued and once_more):
            raise type(exc)(f"{checkpoint.url}: gave another file than expected: {exc}") from exc
        progress.note("What was continued is not the published file: fetching it from its beginning")
        _download(checkpoint, target, progress, patience, once_more=False)
    else:
        _keep(transfer.part, target)
        transfer.discard()


def _checked(path: Path, checkpoint: Checkpoint, folder: Path, progress: Progress) -> str:
    """The file's sha256. Raises DigestError, FormatError and LayoutError."""
    digest = digests.check(path, checkpoint)
    layout.check(archive.read(path), layout.load(checkpoint.layout), path)
    digests.trust(checkpoint, digest, folder, progress)
    return digest


def _keep(path: Path, target: Path) -> None:
    disk.sync(path)
    path.replace(target)
    disk.sync(target.parent)
