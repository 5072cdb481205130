"""What deserves attention, most urgent first."""
