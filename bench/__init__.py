"""Benchmarks: `scripts/bench NAME`. Results and their method are in docs/performance.md."""
