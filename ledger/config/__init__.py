"""The config: its settings, their values, the file they stand in."""
