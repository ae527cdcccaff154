"""What the service tells of itself: figures, spans, lines."""
