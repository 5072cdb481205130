"""What stakes should become: edited, kept in files, planned and put into the queue."""
