"""What is known of atomic staking."""
