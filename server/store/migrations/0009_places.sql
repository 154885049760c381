-- +goose Up

-- Where a coder left a case, so that she goes on there, on whatever device.
CREATE TABLE places (
    assignment INTEGER PRIMARY KEY REFERENCES assignments (id),
    variable   TEXT NOT NULL,                       -- the open question; empty for none
    document   INTEGER REFERENCES documents (id),   -- NULL before anything was read
    start      INTEGER NOT NULL CHECK (start >= 0)  -- code points from its beginning
) STRICT;

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
