"""Commands about slots, predictors and shuffling."""
