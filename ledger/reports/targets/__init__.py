"""Targets beside stakes, and what a helper suggests."""
