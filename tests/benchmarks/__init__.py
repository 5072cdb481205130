"""Figures that belong in no test: ``python -m tests.benchmarks`` prints them side by side."""
