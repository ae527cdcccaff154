"""Which model is served: short names, the default, and official weights on their way into the repository."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from checkpoints import cache
from checkpoints.catalogue import LICENCE, OFFICIAL, Checkpoint
from checkpoints.errors import CheckpointError, MissingError
from checkpoints.progress import Progress
from gateway.embedded.locate import Host, find_server
from gateway.settings import BEST, Settings, SettingsError

DEMO: Final = "demo"
_DEMO_MODEL: Final = "inspyrenet_demo"

Offered = Mapping[str, Checkpoint]
"""Official checkpoints by short name, the best first."""
OFFERED: Final[Offered] = {name: OFFICIAL[name] for name in ("base", "fast")}


def provide(settings: Settings, environ: Mapping[str, str], progress: Progress, offered: Offered = OFFERED) -> Settings:
    """The settings with the model's own name; where Triton is embedded, its repository holds that model afterwards.

    Raises SettingsError for a model that is unknown, CheckpointError where official weights cannot be had or are damaged,
    and ServerNotFoundError rather than fetching weights that nothing could serve.
    """
    if settings.triton is not None:
        return replace(settings, model=own_name(settings.model, offered))
    name = best(settings.repository, environ, offered) if settings.model == BEST else settings.model
    model = own_name(name, offered)
    _require_configured(settings.repository, model, offered)
    if name in offered:
        _require_placed(offered[name], settings.repository, environ, progress)
    return replace(settings, model=model)


def own_name(name: str, offered: Offered = OFFERED) -> str:
    """The model that a short name stands for; any other name is a model's own. What `best` is, only a repository tells."""
    return _short_names(offered).get(name, _DEMO_MODEL if name == BEST else name)


def best(repository: Path, environ: Mapping[str, str], offered: Offered = OFFERED) -> str:
    """Short name of the best model that can be served without a network: placed, or in the cache, or the demonstration."""
    configured = _configured(repository)
    there = (
        name
        for name, checkpoint in offered.items()
        if checkpoint.model in configured
        and (_has_version(repository / checkpoint.model) or _is_cached(checkpoint, environ))
    )
    return next(there, DEMO)


def _short_names(offered: Offered) -> dict[str, str]:
    return {**{name: checkpoint.model for name, checkpoint in offered.items()}, DEMO: _DEMO_MODEL}


def _require_configured(repository: Path, model: str, offered: Offered) -> None:
    configured = _configured(repository)
    if model not in configured:
        short = [name for name, own in _short_names(offered).items() if own in configured]
        raise SettingsError(
            f"there is no model {model!r} in {repository}, which would be a folder with a config.pbtxt: "
            f"CUTOUT_MODEL or --model names one of {', '.join(short + configured) or 'those it will hold'}"
        )


def _require_placed(checkpoint: Checkpoint, repository: Path, environ: Mapping[str, str], progress: Progress) -> None:
    """Installs the checkpoint unless its model has a version: what is there is an operator's and never replaced."""
    from checkpoints.official import VERSION, install  # brings HTTP's client, which most starts do without

    model = repository / checkpoint.model
    if (model / VERSION).exists():
        _require_whole(checkpoint, repository)
    elif not _has_version(model):
        find_server(Host(environ.get("PATH", "")))
        folder = cache.folder(environ)
        if cache.cached(checkpoint, folder) is None:
            for line in LICENCE:
                progress.note(line)
        install(checkpoint, repository, folder, progress)


def _require_whole(checkpoint: Checkpoint, repository: Path) -> None:
    from checkpoints.official import VERSION, is_whole

    version = repository / checkpoint.model / VERSION
    if not is_whole(version):
        raise CheckpointError(
            f"{version}: is damaged: delete that folder and start again with --model {checkpoint.name}"
        )


def _configured(repository: Path) -> list[str]:
    return sorted(config.parent.name for config in repository.glob("*/config.pbtxt"))


def _has_version(model: Path) -> bool:
    return any(entry.name.isdecimal() for entry in model.iterdir())


def _is_cached(checkpoint: Checkpoint, environ: Mapping[str, str]) -> bool:
    try:
        return cache.cached(checkpoint, cache.folder(environ)) is not None
    except MissingError:  # without a home there is no cache
        return False
