"""Payouts split by percent, and the changes that follow from it."""
