"""The allocation strategy over Ethereum JSON-RPC: reads, transactions, signatures.

Reading, building and sending need nothing but ``requests``; only :mod:`ledger.chain.signing`
loads the Ethereum libraries (extra ``numstake-tui[atomic]``), inside its functions.
"""
