"""What a deployed model looks like from outside: tensor names, dtypes, opset. The one truth for export, configs and tests."""

IMAGE = "image"
"""Input, uint8 (N, S, S, 3), RGB, the photo resampled to S x S whatever its aspect."""

ALPHA = "alpha"
"""Output, uint8 (N, S, S): opacity, stretched to the full range per picture."""

CONFIDENCE = "confidence"
"""Output, float32 (N, 1): the picture's largest foreground probability before the stretch."""

OPSET = 18
MODEL_FILE = "model.onnx"
DATA_FILE = "model.data"
"""The weights of MODEL_FILE, beside it."""

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet statistics of RGB in 0..1, the ones every InSPyReNet checkpoint was trained with."""
