"""What `export engine` refuses.

EngineError
├── PlanError      options that contradict each other
├── SourceError    the version's folder lacks a file, or holds a damaged one
├── MachineError   no TensorRT or no GPU here
├── BuildError     TensorRT did not make an engine that a server would read
├── AccuracyError  an engine that is too far from its ONNX file
└── SharedError    a server would mistake the engine for that of another version
"""


class EngineError(ValueError):
    """The text names what was wrong and what to do; nothing was placed."""


class PlanError(EngineError):
    """Options that contradict each other."""


class SourceError(EngineError):
    """The version's folder lacks a file, or holds a damaged one."""


class MachineError(EngineError):
    """No TensorRT or no GPU here."""


class BuildError(EngineError):
    """TensorRT did not make an engine that a server would read."""


class AccuracyError(EngineError):
    """An engine that is further from its ONNX file than allowed; the text names figure and bound."""


class SharedError(EngineError):
    """A server would mistake the engine for that of another version."""
