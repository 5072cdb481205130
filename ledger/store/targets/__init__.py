"""Edited targets and the steps by which they came to be."""
