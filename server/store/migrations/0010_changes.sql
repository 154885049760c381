-- +goose Up

-- The study's count of changes when something last happened to the codings or
-- decisions of the case: what was computed before needs only the cases beyond.
ALTER TABLE cases ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cases_changed ON cases (study, changed);
