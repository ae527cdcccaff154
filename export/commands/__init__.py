"""One file per command of `python -m export`: its options and what it prints. None imports torch before it runs."""
