"""What continuous and atomic staking allow, hold and set free."""
