"""Pictures: bytes to pixels, a mask to a cut-out, a cut-out to bytes. Pure: no file, no network, no state."""
