"""Changes on their way, and what a yes to them would mean."""
