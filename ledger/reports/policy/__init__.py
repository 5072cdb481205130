"""A payout policy as a matrix and as text."""
