-- What is acknowledged follows from a lane's vouchers: one row a voucher, where an update of every receipt was before.
DROP INDEX receipts_to_batch;
ALTER TABLE receipts DROP COLUMN is_acknowledged;
CREATE INDEX receipts_to_batch ON receipts (operator, consumer, lane, cumulative) WHERE batch IS NULL;
