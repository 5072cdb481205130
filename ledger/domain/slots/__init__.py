"""Predictors, the slots they sit in, and what that came to."""
