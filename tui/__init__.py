"""The terminal app: screens over a :class:`ledger.book.Book`."""
