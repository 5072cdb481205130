"""Answers from a recording instead of a world."""
