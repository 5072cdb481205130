"""Submissions and predictors."""
