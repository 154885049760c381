-- +goose Up

-- The background variables whose category stands in the row of a settled case:
-- at least those that figures are divided or weighted by.
ALTER TABLE studies ADD COLUMN classes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(classes));
UPDATE studies SET classes = breakdowns;

-- What the figures of a study rest on beside the strata of its sample. The
-- newest revision counts.
CREATE TABLE study_designs (
    study    TEXT NOT NULL REFERENCES studies (id),
    revision INTEGER NOT NULL CHECK (revision > 0),
    design   TEXT NOT NULL CHECK (json_valid(design)),
    at       TEXT NOT NULL,
    by       INTEGER REFERENCES users (id), -- NULL: the command line
    PRIMARY KEY (study, revision)
) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER study_designs_not_changed BEFORE UPDATE ON study_designs BEGIN SELECT RAISE(ABORT, 'designs are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER study_designs_not_removed BEFORE DELETE ON study_designs BEGIN SELECT RAISE(ABORT, 'designs are never removed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
