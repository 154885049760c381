-- +goose Up

-- What a study says of an indicator: what its figures mean and do not mean, and
-- a norm or target with its source. The newest revision counts.
CREATE TABLE indicator_texts (
    study     TEXT NOT NULL REFERENCES studies (id),
    indicator TEXT NOT NULL, -- id in the codebook
    revision  INTEGER NOT NULL CHECK (revision > 0),
    says_nl   TEXT NOT NULL,
    says_en   TEXT NOT NULL,
    norm      REAL, -- of the headline measure, in its unit; NULL: none
    at_most   INTEGER NOT NULL CHECK (at_most IN (0, 1)), -- the norm is an upper limit
    source_nl TEXT NOT NULL,
    source_en TEXT NOT NULL,
    at        TEXT NOT NULL,
    by        INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (study, indicator, revision)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER indicator_texts_not_changed BEFORE UPDATE ON indicator_texts BEGIN SELECT RAISE(ABORT, 'indicator texts are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER indicator_texts_not_removed BEFORE DELETE ON indicator_texts BEGIN SELECT RAISE(ABORT, 'indicator texts are never removed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
