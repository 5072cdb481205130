"""What reaches the terminal: painting, drivers, signals, slow lines, copying."""
