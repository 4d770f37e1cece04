-- Where each lane stands, so that listing lanes and admitting an answer read no voucher twice, however long a lane is.
CREATE TABLE lanes (
    consumer     TEXT NOT NULL,
    operator     TEXT NOT NULL,
    lane         BLOB NOT NULL,
    acknowledged BLOB NOT NULL,
    PRIMARY KEY (consumer, operator, lane)
) STRICT, WITHOUT ROWID;

INSERT INTO lanes SELECT consumer, operator, lane, max(acknowledged) FROM vouchers GROUP BY consumer, operator, lane;

CREATE TRIGGER vouchers_advance AFTER INSERT ON vouchers BEGIN
    INSERT INTO lanes VALUES (new.consumer, new.operator, new.lane, new.acknowledged)
    ON CONFLICT DO UPDATE SET acknowledged = excluded.acknowledged WHERE excluded.acknowledged > acknowledged;
END;
