"""Policies, what payouts were split into, and what was realised of it."""
