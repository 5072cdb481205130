"""Talking to Numerai: transport, documents, and answers turned into domain values."""
