-- How far paid shares lay from the reference, by receipt and pot: the first audit of a receipt counts, and stays.
CREATE TABLE audited_shares (
    position    INTEGER PRIMARY KEY,
    operator    TEXT NOT NULL,
    receipt     BLOB NOT NULL CHECK (length(receipt) = 32),
    pot         INTEGER NOT NULL,
    differences TEXT NOT NULL,
    UNIQUE (receipt, pot)
) STRICT;

CREATE INDEX audited_shares_of_operator ON audited_shares (operator, position);
CREATE TRIGGER audited_shares_stay BEFORE UPDATE ON audited_shares
BEGIN SELECT raise(ABORT, 'audited shares are append-only'); END;
CREATE TRIGGER audited_shares_are_kept BEFORE DELETE ON audited_shares
BEGIN SELECT raise(ABORT, 'audited shares are append-only'); END;
