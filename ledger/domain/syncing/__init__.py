"""What a sync learned, and which rounds it proved complete."""
