"""The records as files for other programs: pure, from values to text or bytes."""
