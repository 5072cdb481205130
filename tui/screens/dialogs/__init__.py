"""What dialogs and screens of every subject share."""
