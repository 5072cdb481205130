"""The simulated world: rounds, stakes, scores and who owns them."""
