"""What can be wrong with a checkpoint on its way into the repository.

CheckpointError
├── MissingError     a file that is needed is not there
├── DownloadError    the network did not give it
├── DigestError      its bytes are not those that were published
├── FormatError      not a plain state dict as torch saves it
├── LayoutError      a state dict, but of another network
├── TakenError       the version to write is there already
└── SpaceError       the disk is too small for it
"""


class CheckpointError(ValueError):
    """A checkpoint that is not what it should be; the text names the file or address, what is wrong and what to do."""


class MissingError(CheckpointError):
    """A file that is needed is not there."""


class DownloadError(CheckpointError):
    """The network did not give the file."""


class DigestError(CheckpointError):
    """The file's bytes are not those that were published."""


class FormatError(CheckpointError):
    """Not a plain state dict of tensors as `torch.save` writes it."""


class LayoutError(CheckpointError):
    """A state dict whose keys, shapes or dtypes are not the network's."""


class TakenError(CheckpointError):
    """The version to write is there already."""


class SpaceError(CheckpointError):
    """The disk is too small."""
