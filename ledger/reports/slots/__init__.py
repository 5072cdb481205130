"""Slots by round, who sat in them, and every predictor's record."""
