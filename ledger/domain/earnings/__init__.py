"""What rounds paid, and how one payout came about."""
