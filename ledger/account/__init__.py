"""What an account holds, earned and moved, read from the ledger for the reports."""
