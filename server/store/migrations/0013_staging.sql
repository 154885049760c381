-- +goose Up

-- An import on its way. Its cases belong to a study that nobody sees, until
-- all are there; then they move to the study they are for, at once.
ALTER TABLE studies ADD COLUMN staging_of TEXT REFERENCES studies (id);
CREATE TABLE staged_cases (
    study   TEXT NOT NULL REFERENCES studies (id), -- the hidden one
    case_id TEXT NOT NULL,
    version TEXT NOT NULL,                         -- of what was read
    PRIMARY KEY (study, case_id)
) STRICT, WITHOUT ROWID;
CREATE VIEW cases_staged AS
SELECT c.id FROM cases c JOIN studies s ON s.id = c.study WHERE s.staging_of IS NOT NULL;

DROP TRIGGER documents_not_removed;
-- +goose StatementBegin
CREATE TRIGGER documents_not_removed BEFORE DELETE ON documents
WHEN NOT EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = OLD.case_key) AND NOT EXISTS (SELECT 1 FROM cases_staged x WHERE x.id = OLD.case_key)
BEGIN SELECT RAISE(ABORT, 'documents are never removed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
