"""A stake change from draft to settled: drafted, checked, sent once, reconciled and settled."""
