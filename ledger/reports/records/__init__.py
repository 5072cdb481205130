"""The year, for accounting."""
