"""HTTP: one file per family of routes; parse, call, respond."""
