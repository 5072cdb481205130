"""The Notices mode and the list of callouts."""
