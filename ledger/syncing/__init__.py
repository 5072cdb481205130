"""Numerai and the chain into the ledger, in consistent steps that may be repeated at will."""
