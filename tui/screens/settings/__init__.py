"""Settings: every one with its documentation, changed in place, written when asked to."""
