"""Stakes, positions, strategies and unlocks, as views draw them."""
