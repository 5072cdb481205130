"""What rounds paid, by any period, in NMR or a currency."""
