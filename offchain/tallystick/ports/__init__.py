"""Everything the node asks of the outside world, and the records that pass through. Knows no gateway."""

# fmt: off
from tallystick.ports.chain import (
    Allotment,
    ChainEvent,
    DatasetRegistry,
    DuplicateRecord,
    ModelRegistry,
    OperatorStake,
    RegisteredDataset,
    RegisteredModel,
    Stake,
    Token,
    Transaction,
    UsageEscrow,
)
from tallystick.ports.content import ContentStore
from tallystick.ports.keys import Signer
from tallystick.ports.ledger import (
    Batches,
    Ledger,
    Opening,
    Outbox,
    OutboxEntry,
    Periods,
    Receipts,
    StoredBatch,
    StoredPeriod,
    StoredReceipt,
    Vouchers,
)

__all__ = [
    "Allotment", "Batches", "ChainEvent", "ContentStore", "DatasetRegistry", "DuplicateRecord", "Ledger",
    "ModelRegistry", "Opening", "OperatorStake", "Outbox", "OutboxEntry", "Periods", "Receipts",
    "RegisteredDataset", "RegisteredModel", "Signer", "Stake", "StoredBatch", "StoredPeriod", "StoredReceipt",
    "Token", "Transaction", "UsageEscrow", "Vouchers",
]
