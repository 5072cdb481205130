"""The first page: what there is, whether it grows, what hurts, what is next."""
