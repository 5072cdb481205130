"""Changes, their history, what they rest on, and signed transactions."""
