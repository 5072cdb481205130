"""Pages and dialogs about records for accounting."""
