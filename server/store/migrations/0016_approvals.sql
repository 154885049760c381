-- +goose Up

-- Since when codings that are handed in are looked over before they count;
-- NULL: they count as they come in.
ALTER TABLE studies ADD COLUMN review_since TEXT;

-- A coding that was looked over and approved, as it was handed in that time.
CREATE TABLE approvals (
    assignment INTEGER NOT NULL,
    number     INTEGER NOT NULL, -- of the submission
    at         TEXT NOT NULL,
    by         INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (assignment, number),
    FOREIGN KEY (assignment, number) REFERENCES submissions (assignment, number)
) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER approvals_not_changed BEFORE UPDATE ON approvals BEGIN SELECT RAISE(ABORT, 'approvals are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approvals_not_removed BEFORE DELETE ON approvals
WHEN NOT EXISTS (SELECT 1 FROM assignments a WHERE a.id = OLD.assignment AND EXISTS (SELECT 1 FROM cases_erased_now x WHERE x.id = a.case_key))
BEGIN SELECT RAISE(ABORT, 'approvals are never removed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
