"""The editor of targets, and the plan."""
