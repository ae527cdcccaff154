"""A Dockerfile as a list of instructions, and what of it a container is started with."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name in capitals, its flags such as --from=build, and the rest."""

    name: str
    flags: tuple[str, ...]
    rest: str

    @property
    def words(self) -> list[str]:
        """Of the exec form, its strings; else the words of a shell."""
        return [str(each) for each in json.loads(self.rest)] if self.is_exec else shlex.split(self.rest)

    @property
    def is_exec(self) -> bool:
        """Whether it is a JSON list, which is run without a shell."""
        return self.rest.startswith("[")

    def flag(self, name: str) -> str | None:
        """The value of --name=value."""
        return next((each.partition("=")[2] for each in self.flags if each.startswith(f"--{name}=")), None)


def read(path: Path) -> list[Instruction]:
    return parse(path.read_text())


def parse(text: str) -> list[Instruction]:
    """Comments are left out and continued lines joined; heredocs are none of ours."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [_instruction(line) for line in joined.splitlines()]


def _instruction(line: str) -> Instruction:
    name, _, rest = line.strip().partition(" ")
    flags = []
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        flags.append(flag)
        rest = rest.lstrip()
    return Instruction(name.upper(), tuple(flags), rest.strip())


def stages(instructions: list[Instruction]) -> dict[str, list[Instruction]]:
    """The instructions of each stage by its name, or its number; those before the first under "". The last is the image."""
    found: dict[str, list[Instruction]] = {"": []}
    for each in instructions:
        if each.name == "FROM":
            name = re.search(r"\bAS\s+(\S+)", each.rest, re.IGNORECASE)
            found[name[1] if name else str(len(found) - 1)] = [each]
        else:
            next(reversed(found.values())).append(each)
    return found


def arguments(instructions: list[Instruction]) -> dict[str, str]:
    """The defaults of the build's arguments."""
    return dict(_pair(each.rest) for each in instructions if each.name == "ARG")


def environment(stage: list[Instruction], given: dict[str, str]) -> dict[str, str]:
    """What ENV sets for the container, with the build's arguments `given`."""
    pairs = [_pair(word) for each in stage if each.name == "ENV" for word in shlex.split(each.rest)]
    return {name: filled(value, given) for name, value in pairs}


def command(stage: list[Instruction]) -> list[str]:
    """The command line that the container is started with."""
    return [word for name in ("ENTRYPOINT", "CMD") for each in stage if each.name == name for word in each.words]


def copied(instructions: list[Instruction], given: dict[str, str]) -> Iterator[str]:
    """The sources of every COPY out of the build's own folder."""
    for each in instructions:
        if each.name == "COPY" and each.flag("from") is None:
            yield from (filled(word, given).rstrip("/") for word in each.words[:-1])


def filled(text: str, values: dict[str, str]) -> str:
    """`text` with ${NAME} and $NAME filled in; what is unknown becomes empty, as in a build."""
    return re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match[1], ""), text)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value
