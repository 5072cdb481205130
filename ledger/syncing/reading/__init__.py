"""What one sync reads of each part of the account, and what stays missing of it."""
