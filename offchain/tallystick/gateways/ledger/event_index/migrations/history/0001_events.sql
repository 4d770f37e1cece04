-- What is indexed: one deployment of one chain, from a block on.
CREATE TABLE subject (
    chain       TEXT PRIMARY KEY,
    first_block INTEGER NOT NULL,
    addresses   TEXT NOT NULL
) STRICT;

-- Topics are 32 bytes each, one after another; the first names the event.
CREATE TABLE logs (
    block      INTEGER NOT NULL,
    log_index  INTEGER NOT NULL,
    block_hash BLOB NOT NULL,
    tx_hash    BLOB NOT NULL,
    address    TEXT NOT NULL,
    topic      BLOB NOT NULL,
    topics     BLOB NOT NULL,
    data       BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
) STRICT, WITHOUT ROWID;

CREATE INDEX logs_of ON logs (address, topic, block);

-- Blocks up to which all is indexed; the highest is the tip, lower ones are where a reorganisation leads back to.
CREATE TABLE marks (
    number INTEGER PRIMARY KEY,
    hash   BLOB NOT NULL
) STRICT;
