"""Movements of NMR as records, and prices by day."""
