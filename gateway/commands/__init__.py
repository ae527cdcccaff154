"""The commands of `python -m gateway`, one a file."""
