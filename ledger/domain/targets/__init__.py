"""What stakes should become, and the plan that leads there."""
