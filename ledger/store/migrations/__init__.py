"""Numbered steps of the ledger's schema, applied in order and never edited once released."""
