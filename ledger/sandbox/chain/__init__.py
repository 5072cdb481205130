"""The simulated Ethereum and its JSON-RPC endpoint."""
