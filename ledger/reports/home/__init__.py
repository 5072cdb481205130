"""The account at a glance: what there is, whether it grows, what hurts, what is next."""
