"""The Stakes and Unlocks modes, positions and strategies."""
