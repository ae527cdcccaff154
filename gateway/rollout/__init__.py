"""New versions of a model, brought in while the service runs."""
