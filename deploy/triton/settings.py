"""What an operator may set in Triton's container, read once from a mapping of environment variables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from deploy.triton.errors import StartError

KEY_NAME: Final = "cutout-key"
"""Of the header that the key is sent in, where the file names no other; the gateway's own default."""


@dataclass(frozen=True)
class Settings:
    """The container's configuration. The ports are those that the manifests and the gateway's image expect."""

    model: str
    """Its own name: the folder in the repository."""
    repository: Path = Path("/models")
    config: str = "l4"
    """Of the configurations in <model>/configs; a model that has none of that name takes its config.pbtxt; "" for all."""
    address: str = "127.0.0.1"
    """The gateway is a neighbour that shares the network; 0.0.0.0 where it is not, or where probes come from outside."""
    http_port: int = 8000
    grpc_port: int = 8001
    metrics_port: int = 8002
    key_file: Path = Path("/secrets/triton/key")
    """Holds NAME=VALUE, or a value: without it nobody loads models. The gateway reads the same file."""
    compile_engines: bool = False
    """Whether a start may compile TensorRT engines for minutes where the image has none for this machine."""
    linger_seconds: float = 7.5
    """How long, told to stop, it goes on for who is connected: the gateway takes seven, the platform kills after ten."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """What `environ` asks for; an absent or empty variable keeps its default. Raises StartError."""
        given = {
            variable.field: variable.read(variable.name, environ[variable.name].strip())
            for variable in VARIABLES
            if environ.get(variable.name, "").strip()
        }
        if "model" not in given:
            raise StartError("CUTOUT_MODEL must name the model to load, such as inspyrenet")
        if environ.get("CUTOUT_TRITON_CONFIG") == "":
            given["config"] = ""
        return cls(**given, environ=environ)

    def key(self) -> str:
        """NAME=VALUE. Raises StartError, which shows none of it."""
        try:
            text = self.key_file.read_text(errors="replace").strip()
        except OSError as error:
            raise StartError(
                f"CUTOUT_TRITON_KEY_FILE: {self.key_file} cannot be read ({error.strerror}): mount a secret there that "
                "holds a value or NAME=VALUE; without a key whoever reaches Triton loads models, which are programs"
            ) from error
        if not re.fullmatch(r"([a-z0-9-]{1,64}=[\x21-\x7e]{1,255}|[\x21-\x3c\x3e-\x7e]{1,255})", text):
            raise StartError(
                f"CUTOUT_TRITON_KEY_FILE: {self.key_file} must hold one value, or name=value, without blanks"
            )
        return text if "=" in text else f"{KEY_NAME}={text}"


class Variable(NamedTuple):
    """One environment variable: the field it sets and how its text is read and judged."""

    name: str
    field: str
    read: Callable[[str, str], Any]


def _matching(pattern: str, allowed: str) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise StartError(f"{name} must be {allowed}, not {text!r}")
        return text

    return read


def _path(name: str, text: str) -> Path:
    return Path(text)


def _port(name: str, text: str) -> int:
    return int(_matching(r"[1-9]\d{0,4}", "a port")(name, text))


def _seconds(name: str, text: str) -> float:
    return float(_matching(r"\d{1,3}(\.\d{1,3})?", "a number of seconds")(name, text))


def _switch(name: str, text: str) -> bool:
    return _matching("on|off", "on or off")(name, text) == "on"


_name = _matching(r"[A-Za-z0-9_-]{1,64}", "1 to 64 letters, digits, _ or -")

VARIABLES: Final = (
    Variable("CUTOUT_MODEL", "model", _name),
    Variable("CUTOUT_REPOSITORY", "repository", _path),
    Variable("CUTOUT_TRITON_CONFIG", "config", _name),
    Variable("CUTOUT_TRITON_ADDRESS", "address", _matching(r"[0-9A-Fa-f.:]{2,45}", "an IP address to listen on")),
    Variable("CUTOUT_TRITON_HTTP_PORT", "http_port", _port),
    Variable("CUTOUT_TRITON_GRPC_PORT", "grpc_port", _port),
    Variable("CUTOUT_TRITON_METRICS_PORT", "metrics_port", _port),
    Variable("CUTOUT_TRITON_KEY_FILE", "key_file", _path),
    Variable("CUTOUT_COMPILE_ENGINES", "compile_engines", _switch),
    Variable("CUTOUT_TRITON_LINGER_SECONDS", "linger_seconds", _seconds),
)
