"""Commands about payout policies."""
