"""Commands about stake changes, transactions and the owner's key."""
