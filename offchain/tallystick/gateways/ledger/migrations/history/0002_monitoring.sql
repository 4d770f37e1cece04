-- What monitors read, in the order in which it was noted. Counts, classes and keyed hashes; no text.
CREATE TABLE traffic (
    position INTEGER PRIMARY KEY,
    release  TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('answer', 'feedback')),
    receipt  BLOB NOT NULL,
    noted_at INTEGER NOT NULL,
    payload  TEXT NOT NULL,
    UNIQUE (receipt, kind)
) STRICT;

CREATE INDEX traffic_of_release ON traffic (release, position);

-- How far the monitors of a release have read, and where their tests stand there.
CREATE TABLE watches (
    release  TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    state    TEXT NOT NULL
) STRICT;

-- Statistics are whole numbers that SQLite cannot hold.
CREATE TABLE alarms (
    number    INTEGER PRIMARY KEY,
    release   TEXT NOT NULL,
    monitor   TEXT NOT NULL,
    stream    TEXT NOT NULL,
    position  INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    statistic TEXT NOT NULL,
    threshold TEXT NOT NULL,
    bound_ppm INTEGER NOT NULL,
    mean_ppm  INTEGER NOT NULL,
    readings  INTEGER NOT NULL,
    evidence  BLOB NOT NULL CHECK (length(evidence) = 32),
    UNIQUE (release, monitor, position)
) STRICT;

CREATE TABLE acknowledgements (
    alarm           INTEGER PRIMARY KEY REFERENCES alarms (number),
    acknowledged_at INTEGER NOT NULL,
    by_whom         TEXT NOT NULL,
    why             TEXT NOT NULL
) STRICT;

CREATE TABLE retrainings (
    number      INTEGER PRIMARY KEY,
    release     TEXT NOT NULL,
    cause       TEXT NOT NULL CHECK (cause IN ('alarm', 'schedule', 'person')),
    proposed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE retraining_alarms (
    retraining INTEGER NOT NULL REFERENCES retrainings (number),
    alarm      INTEGER NOT NULL UNIQUE REFERENCES alarms (number),
    PRIMARY KEY (retraining, alarm)
) STRICT, WITHOUT ROWID;

-- A step is done once and its record is never changed.
CREATE TABLE retraining_steps (
    retraining INTEGER NOT NULL REFERENCES retrainings (number),
    step       TEXT NOT NULL,
    done_at    INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    why        TEXT NOT NULL,
    facts      TEXT NOT NULL,
    PRIMARY KEY (retraining, step)
) STRICT;

-- The only text of consumers here: a correction, kept while its giver consents to training on it.
CREATE TABLE feedback (
    receipt    BLOB PRIMARY KEY REFERENCES receipts (digest),
    is_good    INTEGER NOT NULL CHECK (is_good IN (0, 1)),
    may_train  INTEGER NOT NULL CHECK (may_train IN (0, 1)),
    correction TEXT CHECK (correction IS NULL OR may_train = 1),
    given_at   INTEGER NOT NULL
) STRICT;

CREATE TRIGGER traffic_stays BEFORE UPDATE ON traffic BEGIN SELECT raise(ABORT, 'traffic is append-only'); END;
CREATE TRIGGER alarms_stay BEFORE UPDATE ON alarms BEGIN SELECT raise(ABORT, 'alarms are append-only'); END;
CREATE TRIGGER alarms_are_kept BEFORE DELETE ON alarms BEGIN SELECT raise(ABORT, 'alarms are append-only'); END;
CREATE TRIGGER steps_stay BEFORE UPDATE ON retraining_steps BEGIN SELECT raise(ABORT, 'steps are append-only'); END;
CREATE TRIGGER steps_are_kept BEFORE DELETE ON retraining_steps BEGIN SELECT raise(ABORT, 'steps are append-only'); END;
