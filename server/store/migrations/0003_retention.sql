-- +goose Up

-- When the texts of a study are to go: on a day, or a number of days after
-- the figures of their period were released.
CREATE TABLE retention_plans (
    id       INTEGER PRIMARY KEY,
    study    TEXT NOT NULL REFERENCES studies (id),
    period   TEXT NOT NULL DEFAULT '',             -- of the cases that are meant; empty: all
    basis    TEXT NOT NULL CHECK (basis IN ('date', 'release')),
    due_on   TEXT NOT NULL DEFAULT '' CHECK ((basis = 'date') = (due_on <> '')),
    days     INTEGER NOT NULL DEFAULT 0 CHECK (days BETWEEN 0 AND 3650),
    reason   TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 400),
    set_at   TEXT NOT NULL,
    set_by   INTEGER REFERENCES users (id),        -- NULL: from the command line
    ended    TEXT NOT NULL DEFAULT '' CHECK (ended IN ('', 'done', 'withdrawn')),
    ended_at TEXT,
    ended_by INTEGER REFERENCES users (id)         -- NULL: the program itself
) STRICT;
CREATE INDEX retention_plans_study ON retention_plans (study, ended);

-- What may not be deleted as long as it stands, whatever was planned.
CREATE TABLE legal_holds (
    id        INTEGER PRIMARY KEY,
    study     TEXT NOT NULL REFERENCES studies (id),
    case_id   TEXT NOT NULL DEFAULT '',            -- empty: the whole study
    reason    TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 400),
    set_at    TEXT NOT NULL,
    set_by    INTEGER NOT NULL REFERENCES users (id),
    lifted_at TEXT,
    lifted_by INTEGER REFERENCES users (id)
) STRICT;
CREATE UNIQUE INDEX legal_holds_standing ON legal_holds (study, case_id) WHERE lifted_at IS NULL;

-- Deletions as they were done. One that is not finished is taken up again;
-- its certificate is written when nothing of the texts is left in the file.
CREATE TABLE deletions (
    id          INTEGER PRIMARY KEY,
    study       TEXT NOT NULL REFERENCES studies (id),
    kind        TEXT NOT NULL CHECK (kind IN ('text', 'case')),
    plan        INTEGER REFERENCES retention_plans (id),
    period      TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    started_by  INTEGER REFERENCES users (id),     -- NULL: the program itself
    held        INTEGER NOT NULL DEFAULT 0,        -- documents that still waited for screening
    passages    INTEGER NOT NULL DEFAULT 0,        -- whose quotes went
    erased      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(erased)), -- counts of what an erased case had
    finished_at TEXT,
    certificate TEXT NOT NULL DEFAULT '' CHECK (certificate = '' OR json_valid(certificate)),
    sha256      TEXT NOT NULL DEFAULT '' CHECK (length(sha256) IN (0, 64)),
    CHECK ((finished_at IS NULL) = (certificate = '')),
    CHECK ((certificate = '') = (sha256 = ''))
) STRICT;
CREATE INDEX deletions_study ON deletions (study, id);

-- Whole cases: asked for by one person and confirmed by another. The pseudonym
-- stays, so that the case does not come in again.
CREATE TABLE erasures (
    id           INTEGER PRIMARY KEY,
    study        TEXT NOT NULL REFERENCES studies (id),
    case_id      TEXT NOT NULL,
    reason       TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 400),
    asked_at     TEXT NOT NULL,
    asked_by     INTEGER NOT NULL REFERENCES users (id),
    confirmed_at TEXT,
    confirmed_by INTEGER REFERENCES users (id),
    withdrawn_at TEXT,
    withdrawn_by INTEGER REFERENCES users (id),
    deletion     INTEGER REFERENCES deletions (id),
    case_key     INTEGER,                          -- that the case had
    changed      INTEGER NOT NULL DEFAULT 0,       -- the study's count of changes when it went
    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL)),
    CHECK (confirmed_by IS NULL OR confirmed_by <> asked_by),
    CHECK (confirmed_at IS NULL OR withdrawn_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX erasures_standing ON erasures (study, case_id) WHERE withdrawn_at IS NULL;

-- Whose browsers may still hold something of an erased case.
CREATE TABLE erased_assignments (
    assignment INTEGER PRIMARY KEY,
    coder      INTEGER NOT NULL REFERENCES users (id),
    erasure    INTEGER NOT NULL REFERENCES erasures (id)
) STRICT;

-- Copies that were made of the whole, and until when they are kept.
CREATE TABLE backups (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    made_at    TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

ALTER TABLE documents ADD COLUMN deletion INTEGER REFERENCES deletions (id);
CREATE INDEX documents_deletion ON documents (deletion) WHERE deletion IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER legal_holds_not_changed BEFORE UPDATE OF study, case_id, reason, set_at, set_by ON legal_holds BEGIN SELECT RAISE(ABORT, 'legal holds are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER legal_holds_not_removed BEFORE DELETE ON legal_holds BEGIN SELECT RAISE(ABORT, 'legal holds are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deletions_not_changed BEFORE UPDATE ON deletions WHEN OLD.finished_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'certificates are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deletions_not_removed BEFORE DELETE ON deletions BEGIN SELECT RAISE(ABORT, 'certificates are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER erasures_not_changed BEFORE UPDATE OF study, case_id, reason, asked_at, asked_by ON erasures BEGIN SELECT RAISE(ABORT, 'erasures are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER erasures_confirmed_once BEFORE UPDATE OF confirmed_at, confirmed_by ON erasures WHEN OLD.confirmed_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'an erasure is confirmed once'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER erasures_not_removed BEFORE DELETE ON erasures BEGIN SELECT RAISE(ABORT, 'erasures are never removed'); END;
-- +goose StatementEnd

-- What stands under a legal hold, and what is being erased by two people.
CREATE VIEW cases_on_hold AS
SELECT c.id FROM cases c WHERE EXISTS (
    SELECT 1 FROM legal_holds h WHERE h.study = c.study AND h.case_id IN ('', c.case_id) AND h.lifted_at IS NULL);
CREATE VIEW cases_erased_now AS
SELECT c.id FROM cases c JOIN erasures e ON e.study = c.study AND e.case_id = c.case_id
WHERE e.confirmed_at IS NOT NULL AND e.deletion IS NULL AND NOT EXISTS (SELECT 1 FROM cases_on_hold x WHERE x.id = c.id);

-- The text of a document may go, once, and nothing else about it: its hash,
-- its length and its place stay.
DROP TRIGGER documents_not_changed;
-- +goose StatementBegin
CREATE TRIGGER documents_not_changed BEFORE UPDATE OF text, sha256, source_sha256, chars, case_key, number, deletion ON documents
WHEN NOT (OLD.deletion IS NULL AND NEW.deletion IS NOT NULL AND NEW.text = '' AND NEW.sha256 = OLD.sha256 AND NEW.source_sha256 = OLD.source_sha256
    AND NEW.chars = OLD.chars AND NEW.case_key = OLD.case_key AND NEW.number = OLD.number AND NOT EXISTS (SELECT 1 FROM cases_on_hold x WHERE x.id = OLD.case_key))
BEGIN SELECT RAISE(ABORT, 'documents are never changed'); END;
-- +goose StatementEnd

-- A quote may go with the text that it quotes. An ellipsis takes its place,
-- for a passage in a document has a quote.
DROP TRIGGER passages_not_changed;
-- +goose StatementBegin
CREATE TRIGGER passages_not_changed BEFORE UPDATE OF assignment, variable, category, document, start, "end", document_type, page, day, paraphrase, at ON passages
BEGIN SELECT RAISE(ABORT, 'passages are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER quotes_not_changed BEFORE UPDATE OF quote ON passages
WHEN NOT (NEW.quote = '…' AND EXISTS (SELECT 1 FROM documents d WHERE d.id = OLD.document AND d.deletion IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'passages are never changed'); END;
-- +goose StatementEnd

-- What is never removed goes with a case that two people erase.
DROP TRIGGER answers_not_removed;
DROP TRIGGER decisions_not_removed;
DROP TRIGGER votes_not_removed;
DROP TRIGGER proposals_not_removed;
DROP TRIGGER submissions_not_removed;
DROP TRIGGER documents_not_removed;
DROP TRIGGER passages_not_removed;
DROP TRIGGER comments_not_removed;
DROP TRIGGER replies_not_removed;
DROP TRIGGER transitions_not_removed;
-- +goose StatementBegin
CREATE TRIGGER answers_not_removed BEFORE DELETE ON answers
WHEN NOT EXISTS (SELECT 1 FROM assignments a WHERE a.id = OLD.assignment AND EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = a.case_key))
BEGIN SELECT RAISE(ABORT, 'answers are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER submissions_not_removed BEFORE DELETE ON submissions
WHEN NOT EXISTS (SELECT 1 FROM assignments a WHERE a.id = OLD.assignment AND EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = a.case_key))
BEGIN SELECT RAISE(ABORT, 'submissions are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER passages_not_removed BEFORE DELETE ON passages
WHEN NOT EXISTS (SELECT 1 FROM assignments a WHERE a.id = OLD.assignment AND EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = a.case_key))
BEGIN SELECT RAISE(ABORT, 'passages are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER comments_not_removed BEFORE DELETE ON comments
WHEN NOT EXISTS (SELECT 1 FROM assignments a WHERE a.id = OLD.assignment AND EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = a.case_key))
BEGIN SELECT RAISE(ABORT, 'comments are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER replies_not_removed BEFORE DELETE ON replies
WHEN NOT EXISTS (SELECT 1 FROM comments m JOIN assignments a ON a.id = m.assignment WHERE m.id = OLD.comment AND EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = a.case_key))
BEGIN SELECT RAISE(ABORT, 'replies are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decisions_not_removed BEFORE DELETE ON decisions WHEN NOT EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = OLD.case_key) BEGIN SELECT RAISE(ABORT, 'decisions are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER votes_not_removed BEFORE DELETE ON votes WHEN NOT EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = OLD.case_key) BEGIN SELECT RAISE(ABORT, 'votes are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_not_removed BEFORE DELETE ON proposals WHEN NOT EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = OLD.case_key) BEGIN SELECT RAISE(ABORT, 'proposals are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER documents_not_removed BEFORE DELETE ON documents WHEN NOT EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = OLD.case_key) BEGIN SELECT RAISE(ABORT, 'documents are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER transitions_not_removed BEFORE DELETE ON transitions WHEN NOT EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = OLD.case_key) BEGIN SELECT RAISE(ABORT, 'transitions are never removed'); END;
-- +goose StatementEnd

-- The attributes that the frame had of an erased case go too.
DROP TRIGGER drawn_not_changed;
-- +goose StatementBegin
CREATE TRIGGER drawn_not_changed BEFORE UPDATE OF region, period, stratum, attributes, list, draw, place, first ON frame_cases
WHEN OLD.draw IS NOT NULL AND NOT (NEW.region = OLD.region AND NEW.period = OLD.period AND NEW.list = OLD.list AND NEW.draw = OLD.draw AND NEW.place = OLD.place
    AND NEW.first = OLD.first AND NEW.attributes = '{}'
    AND EXISTS (SELECT 1 FROM erasures e WHERE e.study = OLD.study AND e.case_id = OLD.case_id AND e.confirmed_at IS NOT NULL AND e.deletion IS NULL))
BEGIN SELECT RAISE(ABORT, 'a list that was drawn is never changed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
