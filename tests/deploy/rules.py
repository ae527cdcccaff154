"""What a Dockerfile of ours must and must not do; each rule yields a sentence for each fault."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from tests.deploy.dockerfile import Instruction, arguments, filled, stages

Rule = Callable[[list[Instruction]], Iterator[str]]

_SECRET = re.compile(r"(?i)(password|passwd|secret|token|api_?key|private_?key|credential)")


def pinned_bases(instructions: list[Instruction]) -> Iterator[str]:
    """By digest, or an argument whose digest a RUN demands before anything is made of it."""
    given, named = arguments(stages(instructions)[""]), stages(instructions)
    demanded = {
        match[1] for each in instructions if (match := re.search(r'case "\$\{(\w+)\}" in \*@sha256:\*', each.rest))
    }
    for each in instructions:
        if each.name == "FROM":
            written = each.rest.split()[0]
            image, argument = filled(written, given), re.fullmatch(r"\$\{(\w+)\}", written)
            if image in (*named, "scratch") or re.search(r"@sha256:[0-9a-f]{64}$", image):
                continue
            if not (argument and argument[1] in demanded):
                yield f"FROM {image}: name its digest"


def no_latest(instructions: list[Instruction]) -> Iterator[str]:
    """A base has a tag that says what it is, beside its digest."""
    given, named = arguments(stages(instructions)[""]), stages(instructions)
    for each in instructions:
        if each.name == "FROM" and (image := filled(each.rest.split()[0], given)) not in (*named, "scratch"):
            tag = re.search(r":([\w.-]+)$", image.partition("@")[0])
            if tag is None or tag[1].startswith("latest"):
                yield f"FROM {image}: name a tag other than latest"


def no_add(instructions: list[Instruction]) -> Iterator[str]:
    """What ADD fetches or unpacks is checked by nobody."""
    yield from (f"ADD {each.rest}: COPY it" for each in instructions if each.name == "ADD")


def lean_apt(instructions: list[Instruction]) -> Iterator[str]:
    for each in instructions:
        if each.name == "RUN" and re.search(r"\bapt(-get)? install\b", re.sub(r"\s-\S+", "", each.rest)):
            if "--no-install-recommends" not in each.rest:
                yield f"RUN {each.rest}: --no-install-recommends"
            if "rm -rf /var/lib/apt/lists/*" not in each.rest:
                yield f"RUN {each.rest}: remove apt's lists in the same layer"


def checked_pip(instructions: list[Instruction]) -> Iterator[str]:
    """pip takes digests, or nothing from any index."""
    for each in instructions:
        for command in re.split(r"&&|;|\|\|", each.rest) if each.name == "RUN" else ():
            if re.search(r"\bpip\b.*\binstall\b", command) and not re.search(r"--require-hashes|--no-index", command):
                yield f"RUN {command.strip()}: --require-hashes"


def numbered_user(instructions: list[Instruction]) -> Iterator[str]:
    """The image ends as a user other than root, by number."""
    users = [each.rest for each in list(stages(instructions).values())[-1] if each.name == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[-1]):
        yield f"USER {users[-1] if users else 'root'}: end as a number other than 0"


def exec_form(instructions: list[Instruction]) -> Iterator[str]:
    """A shell as the first process would keep SIGTERM from the program."""
    for each in instructions:
        rest = each.rest.removeprefix("CMD").lstrip() if each.name == "HEALTHCHECK" else each.rest
        if each.name in ("ENTRYPOINT", "CMD", "HEALTHCHECK") and not rest.startswith("["):
            yield f"{each.name} {each.rest}: write a JSON list"
    if not any(each.name == "ENTRYPOINT" for each in instructions):
        yield "ENTRYPOINT is missing"


def health_check(instructions: list[Instruction]) -> Iterator[str]:
    if not any(each.name == "HEALTHCHECK" for each in instructions):
        yield "HEALTHCHECK is missing"


def no_secrets(instructions: list[Instruction]) -> Iterator[str]:
    """Whoever has the image can read its variables and arguments; a path to a secret is none."""
    for each in instructions:
        if each.name in ("ENV", "ARG"):
            for name in re.findall(r"(\w+)=?", each.rest.partition("=")[0]) + re.findall(r"\s(\w+)=", each.rest):
                if _SECRET.search(name) and not name.endswith("_FILE"):
                    yield f"{each.name} {name}: mount a secret"


def demanded_revision(instructions: list[Instruction]) -> Iterator[str]:
    last = list(stages(instructions).values())[-1]
    if not any(each.name == "RUN" and 'test -n "${REVISION}"' in each.rest for each in last):
        yield "REVISION may be empty"
    if not any(each.name == "LABEL" and "org.opencontainers.image.revision" in each.rest for each in last):
        yield "LABEL org.opencontainers.image.revision is missing"


RULES: Final[tuple[Rule, ...]] = (
    pinned_bases, no_latest, no_add, lean_apt, checked_pip,
    numbered_user, exec_form, health_check, no_secrets, demanded_revision,
)  # fmt: skip
