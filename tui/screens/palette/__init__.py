"""The palette: one line that finds everything, and takes a few words."""
