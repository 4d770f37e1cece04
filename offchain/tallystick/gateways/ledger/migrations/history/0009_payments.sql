-- What x402 payers signed, one transfer a lane. Once redeemed, the lane is acknowledged in `lanes`, without a voucher.
CREATE TABLE payments (
    payer        TEXT NOT NULL,
    operator     TEXT NOT NULL,
    lane         BLOB NOT NULL CHECK (length(lane) = 8),
    recipient    TEXT NOT NULL,
    value        BLOB NOT NULL CHECK (length(value) = 16),
    valid_after  BLOB NOT NULL,
    valid_before BLOB NOT NULL,
    nonce        BLOB NOT NULL,
    received_at  INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('received', 'settled', 'returning', 'returned', 'redeemed')),
    tx_hash      BLOB,
    PRIMARY KEY (payer, operator, lane)
) STRICT, WITHOUT ROWID;

CREATE INDEX payments_unfinished ON payments (operator) WHERE state IN ('received', 'settled', 'returning');

-- An answer and its money back are one too many, whoever decides last.
CREATE TRIGGER payments_given_back BEFORE INSERT ON receipts WHEN EXISTS (
    SELECT 1 FROM payments p WHERE p.payer = new.consumer AND p.operator = new.operator AND p.lane = new.lane
      AND p.state IN ('returning', 'returned')
) BEGIN
    SELECT RAISE(ABORT, 'the payment of this lane was given back');
END;
