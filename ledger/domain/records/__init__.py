"""Movements of NMR for accounting, and prices by day."""
