"""The command about notices."""
