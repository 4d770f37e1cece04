"""The shipped contracts on an EVM in this process: thousands of calls a second, nothing written, no server."""
