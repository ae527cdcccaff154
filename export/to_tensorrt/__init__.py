"""TensorRT engines for a model in the repository, in the form in which Triton's ONNX Runtime backend reads them.

That backend runs the model's own ONNX file with ONNX Runtime's TensorRT execution provider, which keeps its engines in a
cache folder. Here the same provider fills such a folder with the same options, so that a server reads what it would
otherwise build for minutes at its first start; and what it will read has been compared with the ONNX file before.
"""
