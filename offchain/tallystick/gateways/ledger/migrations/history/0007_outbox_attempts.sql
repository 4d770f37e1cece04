-- One entry a nonce, with every attempt at it. Fees fit 63 bits; a value in wei may not, and is a 16-byte blob.
CREATE TABLE outbox_entries (
    id         INTEGER PRIMARY KEY,
    chain      TEXT NOT NULL,
    sender     TEXT NOT NULL,
    nonce      INTEGER NOT NULL,
    summary    TEXT NOT NULL,
    recipient  TEXT,
    data       BLOB,
    value      BLOB,
    gas        INTEGER,
    intent     TEXT,
    state      TEXT NOT NULL CHECK (state IN ('signed', 'mined', 'reverted', 'cancelled', 'lost')),
    is_final   INTEGER NOT NULL DEFAULT 0,
    block      INTEGER,
    block_hash BLOB
) STRICT;

CREATE TABLE outbox_attempts (
    tx_hash   BLOB PRIMARY KEY,
    entry     INTEGER NOT NULL REFERENCES outbox_entries (id),
    raw       BLOB NOT NULL,
    max_fee   INTEGER NOT NULL,
    tip       INTEGER NOT NULL,
    signed_at INTEGER NOT NULL,
    is_noop   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the old outbox called mined had the depth that the node then waited for.
INSERT INTO outbox_entries (id, chain, sender, nonce, summary, intent, state, is_final, block)
  SELECT rowid, chain, sender, nonce, summary, intent, state, state != 'signed', block FROM outbox;
INSERT INTO outbox_attempts (tx_hash, entry, raw, max_fee, tip, signed_at) SELECT tx_hash, rowid, raw, 0, 0, 0 FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_entries RENAME TO outbox;

CREATE INDEX outbox_attempts_of ON outbox_attempts (entry);
CREATE UNIQUE INDEX outbox_nonce ON outbox (chain, sender, nonce) WHERE state != 'lost';
-- What was reverted or cancelled may come back while its block can be taken back: until then it is not done again.
CREATE UNIQUE INDEX outbox_intent ON outbox (chain, sender, intent)
  WHERE intent IS NOT NULL AND (state IN ('signed', 'mined') OR (state IN ('reverted', 'cancelled') AND is_final = 0));
CREATE INDEX outbox_unsettled ON outbox (chain, sender, nonce) WHERE is_final = 0 AND state != 'lost';
