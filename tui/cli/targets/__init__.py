"""Commands about targets and plans."""
