"""Figures, always beside a peer's of the same run: `python -m benchmarks saga`.

Every bench writes a flat map of name to number to `build/bench.json`. Speed is never a test: a busy machine is no bug.
"""
