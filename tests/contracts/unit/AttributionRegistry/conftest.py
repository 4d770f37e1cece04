"""An honest batch of Nora's, from the fixtures of the fraud tests."""

from contracts.fraud.conftest import draft, ledger, money, receipts, signing, submit, terms

__all__ = ["draft", "ledger", "money", "receipts", "signing", "submit", "terms"]
