"""The calendar of rounds, their scores, and the arithmetic of a payout."""
