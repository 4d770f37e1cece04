CREATE TABLE once (
  scope TEXT PRIMARY KEY,
  digest BLOB NOT NULL,
  signed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE spent (
  counter TEXT NOT NULL,
  day INTEGER NOT NULL,
  amount TEXT NOT NULL,
  PRIMARY KEY (counter, day)
) STRICT;
CREATE TABLE charged (
  subject BLOB PRIMARY KEY,
  day INTEGER NOT NULL
) STRICT;
CREATE INDEX charged_by_day ON charged (day);
