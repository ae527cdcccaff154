"""Results and masks that are kept, so that no picture is computed twice."""
