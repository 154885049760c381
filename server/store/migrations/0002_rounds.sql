-- +goose Up

-- A batch of work. What is coded in a training round is practice and counts in
-- no figure. The name stays: assignments are known by it.
CREATE TABLE rounds (
    study      TEXT NOT NULL REFERENCES studies (id),
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    kind       TEXT NOT NULL CHECK (kind IN ('training', 'pilot', 'production')),
    place      INTEGER NOT NULL CHECK (place > 0), -- in the order of the work
    deadline   TEXT CHECK (deadline GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'), -- the last day; NULL: none
    days       INTEGER CHECK (days BETWEEN 1 AND 1000), -- to code a case in once it is given; NULL: no limit
    created_at TEXT NOT NULL,
    created_by INTEGER REFERENCES users (id), -- NULL: the program or the command line
    PRIMARY KEY (study, name)
) STRICT, WITHOUT ROWID;

-- Until now a round was a word that was typed. Each becomes a round of
-- production, in the order in which they were begun; "1" is where none was typed.
INSERT INTO rounds (study, name, kind, place, created_at)
SELECT study, name, 'production', row_number() OVER (PARTITION BY study ORDER BY at, name), at
FROM (SELECT study, CASE round WHEN '' THEN '1' ELSE substr(round, 1, 60) END AS name, min(created_at) AS at FROM assignments GROUP BY study, name);

-- A practice case has a gold standard and belongs to no figure.
ALTER TABLE cases ADD COLUMN practice INTEGER NOT NULL DEFAULT 0 CHECK (practice IN (0, 1));
DROP INDEX cases_counts;
CREATE INDEX cases_counts ON cases (study, practice, region, period, state, given); -- counting reads nothing else

-- The training gate: the accuracy on practice cases, from 0 to 1, and the
-- number of these, at which a coder may be released for production. 0 is no gate.
ALTER TABLE studies ADD COLUMN gate_accuracy REAL NOT NULL DEFAULT 0 CHECK (gate_accuracy BETWEEN 0 AND 1);
ALTER TABLE studies ADD COLUMN gate_cases INTEGER NOT NULL DEFAULT 0 CHECK (gate_cases >= 0);

-- Who was released for production, or not any more. The newest row counts.
CREATE TABLE clearances (
    study    TEXT NOT NULL REFERENCES studies (id),
    coder    INTEGER NOT NULL REFERENCES users (id),
    number   INTEGER NOT NULL CHECK (number > 0),
    cleared  INTEGER NOT NULL CHECK (cleared IN (0, 1)),
    right    INTEGER NOT NULL, -- answers as in the gold standard
    asked    INTEGER NOT NULL, -- answers that were compared with it
    cases    INTEGER NOT NULL, -- practice cases handed in
    accuracy REAL NOT NULL,    -- that was asked for
    reason   TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 400),
    at       TEXT NOT NULL,
    by       INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (study, coder, number)
) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER clearances_not_changed BEFORE UPDATE ON clearances BEGIN SELECT RAISE(ABORT, 'clearances are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER clearances_not_removed BEFORE DELETE ON clearances BEGIN SELECT RAISE(ABORT, 'clearances are never removed'); END;
-- +goose StatementEnd

-- A coder may get a case a second time without knowing, so that an assignment
-- is unique but for repeats. The table is made anew; what refers to it is
-- checked again when the transaction ends.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE assignments_before AS SELECT * FROM assignments;
DROP TABLE assignments;
CREATE TABLE assignments (
    id           INTEGER PRIMARY KEY,
    case_key     INTEGER NOT NULL REFERENCES cases (id),
    study        TEXT NOT NULL REFERENCES studies (id), -- that of the case, for counting
    coder        INTEGER NOT NULL REFERENCES users (id),
    round        TEXT NOT NULL,
    status       TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'submitted', 'returned', 'withdrawn')),
    core_only    INTEGER NOT NULL DEFAULT 0 CHECK (core_only IN (0, 1)),
    repeat_of    INTEGER UNIQUE REFERENCES assignments (id), -- NULL: what counts; else a hidden repeat of it, for intra-coder reliability alone
    shown_as     TEXT NOT NULL DEFAULT '', -- the pseudonym under which a coder sees a repeat
    seq          INTEGER NOT NULL DEFAULT 0, -- counts the entries written
    answered     INTEGER NOT NULL DEFAULT 0, -- variables with an answer now
    created_at   TEXT NOT NULL,
    created_by   INTEGER REFERENCES users (id), -- NULL: the program's own import
    started_at   TEXT,
    submitted_at TEXT,
    FOREIGN KEY (study, round) REFERENCES rounds (study, name),
    CHECK ((repeat_of IS NULL) = (shown_as = ''))
) STRICT;
INSERT INTO assignments (id, case_key, study, coder, round, status, core_only, seq, answered, created_at, created_by, started_at, submitted_at)
SELECT id, case_key, study, coder, CASE round WHEN '' THEN '1' ELSE substr(round, 1, 60) END, status, core_only, seq, answered, created_at, created_by, started_at, submitted_at
FROM assignments_before;
DROP TABLE assignments_before;
CREATE UNIQUE INDEX assignments_once ON assignments (case_key, coder) WHERE repeat_of IS NULL;
CREATE INDEX assignments_case ON assignments (case_key, coder);
CREATE INDEX assignments_coder ON assignments (coder, study, status);
CREATE INDEX assignments_counts ON assignments (study, coder, status, started_at, answered); -- counting reads nothing else
CREATE INDEX assignments_round ON assignments (study, round, status);

-- Repeats that were planned. Each becomes an assignment once its day has come
-- and its coder has handed in so many codings.
CREATE TABLE repeats (
    first      INTEGER PRIMARY KEY REFERENCES assignments (id),
    study      TEXT NOT NULL REFERENCES studies (id),
    coder      INTEGER NOT NULL REFERENCES users (id),
    round      TEXT NOT NULL,
    shown_as   TEXT NOT NULL CHECK (length(shown_as) BETWEEN 1 AND 64),
    not_before TEXT NOT NULL,
    handed_in  INTEGER NOT NULL CHECK (handed_in >= 0),
    planned_at TEXT NOT NULL,
    planned_by INTEGER REFERENCES users (id), -- NULL: from the command line
    given_at   TEXT, -- NULL: waits
    UNIQUE (study, shown_as),
    FOREIGN KEY (study, round) REFERENCES rounds (study, name)
) STRICT;
CREATE INDEX repeats_waiting ON repeats (study, coder) WHERE given_at IS NULL;

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
