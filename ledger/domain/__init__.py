"""What the business talks about: frozen values without I/O."""
