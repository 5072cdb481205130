"""Commands about earnings."""
