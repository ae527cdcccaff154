"""Pixels to a file's bytes."""
