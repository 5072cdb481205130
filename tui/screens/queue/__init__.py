"""The Queue mode, and the dialogs a change goes through."""
