"""The Slots mode, predictors, generated assignments and the backtest."""
