"""What deserves attention: found in the ledger, and told to a command of the user's."""
