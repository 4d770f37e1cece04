"""The tests of the books, each of them, over PostgreSQL instead of SQLite."""

# ruff: noqa: F403
from offchain.gateways.ledger.test_audited_shares import *
from offchain.gateways.ledger.test_batches import *
from offchain.gateways.ledger.test_database import *
from offchain.gateways.ledger.test_monitoring_books import *
from offchain.gateways.ledger.test_outbox import *
from offchain.gateways.ledger.test_payments import *
from offchain.gateways.ledger.test_periods import *
from offchain.gateways.ledger.test_receipts import *
from offchain.gateways.ledger.test_vouchers import *
