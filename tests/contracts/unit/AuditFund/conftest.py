"""The audit game's fixtures."""

from contracts.unit.AuditCourt.conftest import (
    draft,
    game,
    ledger,
    money,
    receipts,
    seated,
    signing,
    submit,
    terms,
)

__all__ = ["draft", "game", "ledger", "money", "receipts", "seated", "signing", "submit", "terms"]
