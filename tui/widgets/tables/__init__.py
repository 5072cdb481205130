"""The app's only table, and what it is made of."""
