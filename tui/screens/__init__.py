"""One file per mode or dialog."""
