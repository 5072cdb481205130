"""What is staked, on both staking systems, and when it comes free."""
