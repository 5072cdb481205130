"""Commands about prices, exports and summaries."""
