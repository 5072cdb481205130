"""The Notices mode and the list of all notices."""
