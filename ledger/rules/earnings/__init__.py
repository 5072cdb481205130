"""What payouts come to, why, and where pending ones may end."""
