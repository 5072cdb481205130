"""The Earnings mode."""
