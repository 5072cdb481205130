"""Commands about positions, unlocks, strategies and projections."""
