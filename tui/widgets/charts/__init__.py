"""Curves, bars and stacks in text cells."""
