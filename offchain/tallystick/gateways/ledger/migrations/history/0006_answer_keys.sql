-- Which receipt answers a consumer's idempotency key: a retry is given that answer and is billed nothing.
CREATE TABLE answers (
    consumer TEXT NOT NULL,
    operator TEXT NOT NULL,
    lane     BLOB NOT NULL CHECK (length(lane) = 8),
    key      TEXT NOT NULL,
    request  BLOB NOT NULL,
    receipt  BLOB NOT NULL,
    PRIMARY KEY (consumer, operator, key, lane)
) STRICT, WITHOUT ROWID;
