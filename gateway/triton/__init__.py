"""Triton over gRPC. The only importer of tritonclient."""

from gateway.triton.control import TritonControl, triton_control
from gateway.triton.segmenter import TritonSegmenter, triton_segmenter

__all__ = ["TritonControl", "TritonSegmenter", "triton_control", "triton_segmenter"]
