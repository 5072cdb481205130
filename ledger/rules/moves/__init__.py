"""What one wish comes to: NMR moved, had at hand, set per round, or another amount released."""
