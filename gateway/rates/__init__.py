"""How much a client may ask for in a time: what it has used, where that is counted, and what it is told."""
