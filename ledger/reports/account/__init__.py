"""The account on one page, and what is not known of it."""
