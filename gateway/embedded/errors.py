"""What can keep the embedded Triton from serving.

EmbeddedError
├── ServerNotFoundError   no usable tritonserver, stub or libpython on this machine; says what to install
├── ModelFileError        a model's file or configuration is absent or empty; names the file
├── PortTakenError        a port that was asked for is in use; names it
└── StartError            Triton did not become ready: it died or took too long
    └── ModelLoadError    Triton refused a model; gives its reason, which names the file
"""


class EmbeddedError(Exception):
    """The embedded Triton cannot serve; the message is meant for the person who started it."""


class ServerNotFoundError(EmbeddedError):
    """No usable Triton is installed."""


class ModelFileError(EmbeddedError):
    """The model repository lacks a file that Triton would need."""


class PortTakenError(EmbeddedError):
    """Another program listens where Triton was told to."""


class StartError(EmbeddedError):
    """Triton died or stayed silent before it was ready."""


class ModelLoadError(StartError):
    """Triton refused to load a model: trying again would end the same way."""
