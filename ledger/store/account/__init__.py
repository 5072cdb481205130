"""The account, its syncs, and what is known and missing of it."""
