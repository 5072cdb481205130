"""Rounds, performances and payouts."""
