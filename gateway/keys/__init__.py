"""API keys: what they look like, what is kept of them, and the file that holds it."""
