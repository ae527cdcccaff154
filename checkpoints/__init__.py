"""Official weights: fetched, checked, read and placed into a model repository, without torch and without onnx."""
