"""The editor of payout policies."""
