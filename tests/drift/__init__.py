"""What becomes of a ledger when Numerai changes: every part of every document, one by one."""
