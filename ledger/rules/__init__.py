"""Numerai's rules as pure functions over domain values: where a bug costs money."""
