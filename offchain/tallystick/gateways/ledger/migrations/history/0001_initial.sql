-- Amounts are 16-byte and lanes 8-byte big-endian blobs: SQLite integers end at 63 bits, and blobs sort by value.

CREATE TABLE batches (
    header_hash    BLOB PRIMARY KEY,
    operator       TEXT NOT NULL,
    encoded_header BLOB NOT NULL,
    data_digest    BLOB NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('drafted', 'posted', 'final', 'convicted', 'voided')),
    batch_id       INTEGER UNIQUE,
    posted_at      INTEGER
) STRICT;

-- An operator signs one receipt per (lane, previous), ever.
CREATE TABLE receipts (
    number          INTEGER PRIMARY KEY,
    digest          BLOB NOT NULL UNIQUE,
    consumer        TEXT NOT NULL,
    operator        TEXT NOT NULL,
    lane            BLOB NOT NULL CHECK (length(lane) = 8),
    previous        BLOB NOT NULL CHECK (length(previous) = 16),
    cumulative      BLOB NOT NULL CHECK (length(cumulative) = 16 AND cumulative > previous),
    terms_id        BLOB NOT NULL,
    tokens_in       INTEGER NOT NULL,
    tokens_out      INTEGER NOT NULL,
    query_commit    BLOB NOT NULL,
    output_commit   BLOB NOT NULL,
    lines_hash      BLOB NOT NULL,
    agent_id        BLOB NOT NULL,
    served_at       INTEGER NOT NULL,
    previous_head   BLOB NOT NULL,
    head            BLOB NOT NULL,
    encoded         BLOB NOT NULL,
    is_acknowledged INTEGER NOT NULL DEFAULT 0,
    batch           BLOB REFERENCES batches (header_hash),
    UNIQUE (consumer, operator, lane, previous)
) STRICT;

CREATE INDEX receipts_to_batch ON receipts (operator, consumer, lane, cumulative) WHERE batch IS NULL AND is_acknowledged = 1;
CREATE INDEX receipts_of_batch ON receipts (batch) WHERE batch IS NOT NULL;

CREATE TABLE openings (
    digest           BLOB PRIMARY KEY REFERENCES receipts (digest),
    salt             BLOB NOT NULL,
    messages_json    TEXT NOT NULL,
    answer           TEXT NOT NULL,
    attribution_json TEXT NOT NULL
) STRICT;

-- The newest voucher for each point of a lane that one acknowledges.
CREATE TABLE vouchers (
    consumer     TEXT NOT NULL,
    operator     TEXT NOT NULL,
    lane         BLOB NOT NULL CHECK (length(lane) = 8),
    acknowledged BLOB NOT NULL CHECK (length(acknowledged) = 16),
    max_amount   BLOB NOT NULL CHECK (length(max_amount) = 16 AND max_amount >= acknowledged),
    head         BLOB NOT NULL,
    signature    BLOB NOT NULL,
    PRIMARY KEY (consumer, operator, lane, acknowledged)
) STRICT, WITHOUT ROWID;

CREATE TABLE periods (
    period          INTEGER PRIMARY KEY,
    epoch_root      BLOB NOT NULL,
    cumulative_root BLOB NOT NULL,
    encoded         BLOB NOT NULL
) STRICT;

-- A nonce is signed for once: chain names one chain from its genesis on.
CREATE TABLE outbox (
    tx_hash BLOB PRIMARY KEY,
    chain   TEXT NOT NULL,
    sender  TEXT NOT NULL,
    nonce   INTEGER NOT NULL,
    raw     BLOB NOT NULL,
    summary TEXT NOT NULL,
    intent  TEXT,
    state   TEXT NOT NULL CHECK (state IN ('signed', 'mined', 'reverted', 'lost')),
    block   INTEGER
) STRICT;

CREATE UNIQUE INDEX outbox_nonce ON outbox (chain, sender, nonce) WHERE state != 'lost';
CREATE UNIQUE INDEX outbox_intent ON outbox (chain, sender, intent) WHERE intent IS NOT NULL AND state IN ('signed', 'mined');
