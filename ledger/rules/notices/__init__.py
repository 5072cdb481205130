"""What is unusual enough to be told."""
