"""Who sat in which slot: the log with its files, predictors, and generated assignments."""
