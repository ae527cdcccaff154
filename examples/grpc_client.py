"""Cut photos out over gRPC, straight from Triton: `python grpc_client.py --model inspyrenet_demo PHOTO… -o DIR`.

Everything a program needs to call the model without the gateway, in one file to copy from: it needs numpy, Pillow and
`tritonclient[grpc]`. Each photo goes in resampled to the model's own size; each mask comes back at the photo's size.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tritonclient.grpc as triton
from PIL import Image, ImageOps, UnidentifiedImageError
from tritonclient.utils import InferenceServerException

BATCH = 8
"""The served models' max_batch_size; Triton refuses a larger request."""
TIMEOUT_SECONDS = 60.0


def main() -> int:
    """Write one mask per photo; return 1 when any could not be made."""
    arguments = parse_arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    photos = list(read_photos(arguments.photos))
    try:
        with triton.InferenceServerClient(arguments.address) as client:
            size = model_size(client, arguments.model)
            for start in range(0, len(photos), BATCH):
                segment(client, arguments.model, size, photos[start : start + BATCH], arguments.output)
    except InferenceServerException as error:
        print(f"{arguments.address}, model {arguments.model}: {error.message()}", file=sys.stderr)
        return 1
    return 0 if len(photos) == len(arguments.photos) else 1


def parse_arguments() -> argparse.Namespace:
    """Return address, model, photos and output folder."""
    parser = argparse.ArgumentParser(description="Write the masks of photos, computed by a Triton server.")
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="where the masks go, as PNG")
    parser.add_argument("--address", default="127.0.0.1:8001", help="Triton's gRPC address (default: %(default)s)")
    parser.add_argument("--model", default="inspyrenet_demo", help="the model's name (default: %(default)s)")
    return parser.parse_args()


def read_photos(paths: list[Path]) -> Iterator[tuple[Path, Image.Image]]:
    """Yield each readable photo, upright and in RGB; say which are not readable."""
    for path in paths:
        try:
            with Image.open(path) as photo:
                yield path, ImageOps.exif_transpose(photo).convert("RGB")
        except (OSError, UnidentifiedImageError) as error:
            print(f"{path}: {error}", file=sys.stderr)


def model_size(client: triton.InferenceServerClient, model: str) -> int:
    """Return S of the model's input `image`, uint8 [N,S,S,3], as the server describes it."""
    metadata = client.get_model_metadata(model, client_timeout=TIMEOUT_SECONDS)
    return int(next(tensor.shape[1] for tensor in metadata.inputs if tensor.name == "image"))


def segment(
    client: triton.InferenceServerClient, model: str, size: int, photos: list[tuple[Path, Image.Image]], output: Path
) -> None:
    """Send one batch of photos and write their masks, at the photos' own sizes, into `output`."""
    batch = np.stack([np.asarray(photo.resize((size, size), Image.Resampling.BILINEAR)) for _, photo in photos])
    image = triton.InferInput("image", list(batch.shape), "UINT8")
    image.set_data_from_numpy(batch)
    result = client.infer(model, [image], client_timeout=TIMEOUT_SECONDS)
    masks, confidences = result.as_numpy("alpha"), result.as_numpy("confidence")
    for (path, photo), mask, confidence in zip(photos, masks, confidences[:, 0], strict=True):
        target = output / f"{path.stem}.png"
        Image.fromarray(mask).resize(photo.size, Image.Resampling.BILINEAR).save(target)
        print(f"{path} -> {target} (confidence {confidence:.2f})")


if __name__ == "__main__":
    sys.exit(main())
