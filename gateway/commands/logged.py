"""Progress as lines of the log, for those who read no terminal."""

import structlog

_log = structlog.get_logger(__name__)


class Logged:
    """A line for each tenth, as `checkpoints.progress.Progress` wants it."""

    def __init__(self) -> None:
        self._what, self._tenth = "", -1

    def at(self, what: str, done: int, total: int | None) -> None:
        """Of an unknown total, only the beginning is told."""
        tenth = done * 10 // total if total else 0
        if (what, tenth) != (self._what, self._tenth):
            self._what, self._tenth = what, tenth
            _log.info("fetching", what=what, bytes=done, of=total)

    def note(self, text: str) -> None:
        """One line."""
        _log.info(text)
