"""What `export verify` refuses.

VerifyError
├── ArtefactError    a model that is not there, is damaged, or breaks the contract
├── PicturesError    nothing to compare on
└── MissedError      a bound that was not met
"""


class VerifyError(ValueError):
    """The text names what was wrong and what to do."""


class ArtefactError(VerifyError):
    """A model that is not there, is damaged, or is not what `export onnx` writes."""


class PicturesError(VerifyError):
    """There is no picture to compare on."""


class MissedError(VerifyError):
    """Two models that are further apart than allowed."""
