"""The same targets under atheris, which sees what code an input reaches. It is no dependency: pip install atheris."""

import sys
from pathlib import Path
from typing import NoReturn

import atheris

from tests.fuzz.seeds import CORPUS
from tests.fuzz.target import Target


def search(target: Target, seconds: float, folder: Path) -> NoReturn:
    """Ends the process; what it finds of interest is left in `folder`. atheris says how an input is run again."""
    folder.mkdir(parents=True, exist_ok=True)
    places = [str(folder), str(CORPUS / target.name)]
    limits = [f"-max_total_time={max(round(seconds), 1)}", "-max_len=32768", "-timeout=10"]
    atheris.Setup([sys.argv[0], *places, *limits, f"-artifact_prefix={folder}/found-"], target.check)
    atheris.Fuzz()
    raise SystemExit
