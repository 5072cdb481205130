"""The first minute: what this is, logging in, the demo, a tour of it."""
