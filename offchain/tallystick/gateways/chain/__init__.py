"""The chain: one RPC endpoint, deployed contracts, transactions. The only folder with web3."""
