"""The Models mode."""
