-- +goose Up

-- How many variables of a compared case wait for a decision, kept up to date as
-- codings are handed in and decisions made; NULL: not compared, or not counted.
ALTER TABLE cases ADD COLUMN open INTEGER;
CREATE INDEX cases_open ON cases (study, state, open DESC, case_id);
