"""Benchmarks: ours against peers, each side in a fresh process, both in the same run."""
