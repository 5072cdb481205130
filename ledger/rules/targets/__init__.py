"""From targets to a plan: routes, funding, weights and its sentences."""
