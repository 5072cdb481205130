"""Rounds, their scores, and how models did in them."""
