"""A stake change, and what a run of the queue did."""
