"""The audit log: who asked for what that matters, and what was decided. One entry a decision, one JSON line an entry."""
