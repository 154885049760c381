-- +goose Up

-- Counting by round, and hidden repeats by coder, reads nothing else.
DROP INDEX assignments_round;
CREATE INDEX assignments_round ON assignments (study, round, status, repeat_of, started_at);
CREATE INDEX assignments_open ON assignments (study, round, created_at, repeat_of) WHERE status = 'open';
DROP INDEX assignments_counts;
CREATE INDEX assignments_counts ON assignments (study, coder, status, repeat_of, started_at, answered);
CREATE INDEX assignments_repeats ON assignments (study, coder, status) WHERE repeat_of IS NOT NULL;

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
